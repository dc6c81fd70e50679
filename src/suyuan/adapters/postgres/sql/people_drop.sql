-- Takes away what making a store made: for one whose making failed, and for nothing else.
DROP TABLE meta, token, person, record, version, case_link, observed, registry, erasing, part, age, hold, restriction,
    collected, consent, consents_followed, approval, account, api_key, remembered;
