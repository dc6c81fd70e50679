"""The sentences of an account's statement, in English and in Chinese; `statement` chooses and fills them."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from suyuan.errors import RefusedError

Words: TypeAlias = Mapping[str, str]

ENGLISH: Final = {
    "title": "Account of releases: complete. Every entry that the log has under this label is here, none omitted.",
    "log": "Log: {origin}",
    "key": "Its key, SHA-256: {fingerprint}",
    "unauthenticated": "Signer not authenticated. Nobody has said yet that this key is the log's: compare the fingerprint with "
    "one you trust, or verify with --policy.",
    "authenticated": "Log authenticated: the policy names this key.",
    "no-witness": "No outside time: only the log's own clock (the policy asks for no witness).",
    "witnessed": "Witnessed: the policy's witnesses had seen the log's first {size} entries by {time} ({names}).",
    "timestamp": "A timestamp token over the checkpoint is enclosed (timestamp.tsr); check it with openssl ts.",
    "complete": "Complete up to entry {entry}, sealed {time} (log's clock), {seals} without a gap.",
    "complete-from": "Complete from entry {first} to entry {entry}, sealed {time} (log's clock), {seals} without a gap.",
    "seal": "1 seal",
    "seals": "{count} seals",
    "person": "Person: {kind} {identifier}. The registry knows this identifier once, by entry {leaf} of {time}, and from "
    "there on its labels are bound to it. What went out before that entry under another label would not be here.",
    "person-again": "A later registry, of the log's next shard, knows {kind} {identifier} once too, by entry {leaf} of {time}.",
    "erased": "An enrolment of the same identifier before that was erased at {time} (entry {leaf}); what was released under it "
    "can no longer be shown.",
    "unbound": "CAUTION: no registry binds these labels to an identifier. That they are this person's, and all of hers, is the "
    "platform's word.",
    "unbound-part": "CAUTION: from entry {first} to entry {entry} no registry binds these labels to the identifier. That they are this "
    "person's, and all of hers, is there the platform's word.",
    "began": "The log begins {time}; of the time before that it says nothing.",
    "began-unknown": "From when on the log existed is not shown; of the time before its first entry it says nothing.",
    "before": "The log begins {time}: this time lies before it, and it says nothing of it.",
    "shards": "CAUTION: it counts on {registries} registry and {opens} open entries up to entry {entry}, and on {origin} as the log's first name. If a replay "
    "(suyuan ledger fsck) finds others, this account hides them and shows nothing.",
    "lost": "CAUTION: at entry {leaf} ({time}) the log was taken up again after a loss. Entries that had been signed and are "
    "gone: {count}. What was released in them is not here.",
    "recipient": "{kind} {id}: everything that the log has under one label of this name: released, refused, or drawn about it. That it has "
    "no second label is the platform's word.",
    "account": "Account",
    "partner": "Partner",
    "to-account": "account {id}",
    "to-partner": "partner {id}",
    "act-lookup": "lookup",
    "act-export": "export",
    "act-list": "list",
    "act-answer": "answer, yes or no",
    "act-supplied": "rows of the platform's own",
    "act-authority": "handed to an authority",
    "act-investigate": "investigation",
    "act-maintain": "upkeep of keys, shown to no one",
    "identifier": "identifier",
    "also": ", ",
    "and": ", ",
    "rows": "1 row",
    "rows-many": "{count} rows",
    "span": "From {since} to {until}:",
    "span-all": "From the log's first entry to {until}:",
    "none": "No release. The log has none under this label in this time.",
    "releases": "{count} released, {refusals} refused.",
    "release": "{time}  entry {entry}  {act} to {who}, purpose {purpose}{more}",
    "release-fields": "    shown: {fields}",
    "consents-one": "1 consent of this person's given, refused or withdrawn.",
    "consents": "{count} consents of this person's given, refused or withdrawn.",
    "consent": "{time}  entry {entry}  consent {state}, purpose {purpose}{scope}{guardian}",
    "consent-given": "GIVEN",
    "consent-refused": "REFUSED",
    "consent-withdrawn": "WITHDRAWN",
    "scope-sensitive": ", for sensitive information",
    "scope-provision": ", to be provided to {recipient}",
    "scope-publication": ", to be made public",
    "scope-cross_border": ", to leave the country for {recipient}",
    "guardian": ", by a guardian",
    "consent-id": "    receipt {receipt}",
    "refusal": "{time}  entry {entry}  REFUSED {act} to {who}, purpose {purpose} ({code}){why}",
    "drawn": "{time}  entry {entry}  an account of releases was drawn, asked for by the {asked}",
    "closed": "{time}  entry {entry}  to {who}: not opened; the platform says that the person was erased",
    "release.case": ": no case that links them",
    "release.case_closed": ": the case was not open",
    "release.act": ": the purpose does not allow it",
    "release.fields": ": more fields than the purpose may have",
    "release.purpose": ": no such purpose",
    "release.record": ": no record in the store",
    "clear": "{field}",
    "masked": "{field} (masked)",
    "ground": "ground {value}",
    "case": "case {value}",
    "contract": "contract {value}",
    "unknown": "not said",
    "operator": "platform's operator",
    "limits": "What this does not say:",
    "limit-outside": "It lists what the log has, and no log can show that nothing left the platform beside it, or was entered under a "
    "label that is nobody's. A recipient who holds a receipt that is missing here convicts the platform.",
    "limit-seals": "That each seal indexes its entries truly is shown by replaying the log (suyuan ledger fsck), which anyone who "
    "has its published files can do; so is that it counts registries and shards truly. One honest replay is enough.",
    "limit-released": "An entry says that a release was planned and allowed; whether the recipient looked is not shown, and it counts "
    "as released.",
    "limit-payload": "Who asked, why, and which fields were shown is what the platform wrote down before the release. It cannot be "
    "changed since; that it was true is the platform's word.",
    "limit-clock": "Times are the log's own clock, in order; outside time says only by when the whole was there.",
    "limit-persons": "Which persons were shown to it is not said: that opens with each person's own keys alone.",
    "limit-keys": "Whoever has this file can recognise these labels in the published log, for the eras it opens, and those of the "
    "recipients it names for good. Keep it as a letter.",
    "unknown-time": "{ms} ms after 1970",
    "consistent": "Both accounts are of one log at one size, with one root: one history.",
    "open": "Nothing contradicts that one log wrote both accounts; their sizes differ ({one} and {other}), and that the smaller is "
    "a beginning of the larger needs a consistency proof, or a witness that saw both.",
}

CHINESE: Final = {
    "title": "去向清单：完整。日志中该标签下的每一条目均在此列，无一遗漏。",
    "log": "日志：{origin}",
    "key": "日志公钥指纹（SHA-256）：{fingerprint}",
    "unauthenticated": "签名者身份未经认证。尚无人证明该公钥属于此日志：请与可信来源公布的指纹核对，或使用 --policy 验证。",
    "authenticated": "日志已认证：策略文件载明了该公钥。",
    "no-witness": "无外部时间：只有日志自身的时钟（策略未要求见证人）。",
    "witnessed": "已见证：策略所列见证人最迟于 {time} 已看到日志的前 {size} 条（{names}）。",
    "timestamp": "附有检查点的时间戳令牌（timestamp.tsr），可用 openssl ts 核验。",
    "complete": "完整至条目 {entry}，封存于 {time}（日志时钟），共 {seals}，首尾相接，无间断。",
    "complete-from": "自条目 {first} 至条目 {entry} 完整，封存于 {time}（日志时钟），共 {seals}，首尾相接，无间断。",
    "seal": "1 个封存",
    "seals": "{count} 个封存",
    "person": "个人：{kind} {identifier}。登记簿中该标识仅登记一次（{time}，条目 {leaf}），自该条目起其标签与该标识绑定。此前若以其他标签提供，则不在此列。",
    "person-again": "其后的登记簿（属日志的下一分片）中，{kind} {identifier} 亦仅登记一次（{time}，条目 {leaf}）。",
    "erased": "同一标识此前的登记已于 {time} 删除（条目 {leaf}）；此前在其下提供的信息已无法出示。",
    "unbound": "注意：没有登记簿将这些标签与某一标识绑定。标签属于此人且已全部列出，仅为平台所述。",
    "unbound-part": "注意：自条目 {first} 至条目 {entry}，没有登记簿将这些标签与该标识绑定。标签属于此人且已全部列出，于此仅为平台所述。",
    "began": "日志始于 {time}；此前的时间，日志不作任何说明。",
    "began-unknown": "日志始于何时未予出示；其首条之前的时间，日志不作任何说明。",
    "before": "日志始于 {time}：所查时间在其之前，日志对此不作任何说明。",
    "shards": "注意：本清单以截至条目 {entry} 共 {registries} 个 registry 条目、{opens} 个 open 条目，以及日志最初名称 {origin} 为依据。"
    "若重放（suyuan ledger fsck）所得不同，则本清单有所隐瞒，不足为凭。",
    "lost": "注意：在条目 {leaf}（{time}）处，日志在丢失之后重新接续：已签名的 {count} 个条目不复存在，其中提供的信息不在此列。",
    "recipient": "{kind} {id}：日志中该名称之一个标签下的全部条目：提供、拒绝及出具清单。其没有第二个标签，仅为平台所述。",
    "account": "账号",
    "partner": "合作方",
    "to-account": "账号 {id}",
    "to-partner": "合作方 {id}",
    "act-lookup": "查询",
    "act-export": "导出",
    "act-list": "列表",
    "act-answer": "仅答是否",
    "act-supplied": "平台自有数据",
    "act-authority": "依法提供给机关",
    "act-investigate": "泄露调查",
    "act-maintain": "密钥维护（不向任何人展示）",
    "identifier": "标识",
    "also": "，",
    "and": "、",
    "rows": "1 行",
    "rows-many": "{count} 行",
    "span": "自 {since} 至 {until}：",
    "span-all": "自日志首条至 {until}：",
    "none": "无提供记录。日志中此期间该标签下没有提供。",
    "releases": "提供 {count} 次，拒绝 {refusals} 次。",
    "release": "{time}  条目 {entry}  {act}，提供给{who}，目的 {purpose}{more}",
    "release-fields": "    所示字段：{fields}",
    "consents-one": "此人给出、拒绝或撤回的同意共 1 项。",
    "consents": "此人给出、拒绝或撤回的同意共 {count} 项。",
    "consent": "{time}  条目 {entry}  {state}，目的 {purpose}{scope}{guardian}",
    "consent-given": "同意",
    "consent-refused": "拒绝同意",
    "consent-withdrawn": "撤回同意",
    "scope-sensitive": "，处理敏感个人信息",
    "scope-provision": "，向 {recipient} 提供",
    "scope-publication": "，公开",
    "scope-cross_border": "，向境外 {recipient} 提供",
    "guardian": "，由监护人作出",
    "consent-id": "    回执 {receipt}",
    "refusal": "{time}  条目 {entry}  已拒绝{act}，请求方：{who}，目的 {purpose}（{code}）{why}",
    "drawn": "{time}  条目 {entry}  出具了一份去向清单，请求方：{asked}",
    "closed": "{time}  条目 {entry}  提供给{who}：未打开；平台称此人信息已删除",
    "release.case": "：没有将该账号与此人相联系的事由",
    "release.case_closed": "：事由当时不在有效期内",
    "release.act": "：该目的不允许此种提供",
    "release.fields": "：所请求字段超出该目的的范围",
    "release.purpose": "：没有此目的",
    "release.record": "：存储中没有此人的记录",
    "clear": "{field}",
    "masked": "{field}（已遮盖）",
    "ground": "依据 {value}",
    "case": "事由 {value}",
    "contract": "合同 {value}",
    "unknown": "未载明",
    "operator": "平台操作员",
    "limits": "本清单不说明：",
    "limit-outside": "清单列出日志所载；任何日志都不能证明没有信息在日志之外流出，或记在不属于任何人的标签之下。若接收方持有此处所缺的回执，即可证明平台违规。",
    "limit-seals": "每个封存是否如实编入其条目，其所计登记簿与分片之数是否属实，由重放日志（suyuan ledger fsck）证明。"
    "凡持有已公布文件者均可重放，一次诚实的重放即足够。",
    "limit-released": "条目表明提供已获准并列入计划；接收方是否查看不在此列，一律按已提供计。",
    "limit-payload": "何人请求、为何目的、出示哪些字段，是平台在提供之前写下的内容，此后无法更改；其内容属实则为平台所述。",
    "limit-clock": "时间出自日志自身的时钟，先后有序；外部时间只说明整体最迟何时已存在。",
    "limit-persons": "向其出示的是哪些人，此处不载明：只有各人自己的密钥才能打开。",
    "limit-keys": "持有本文件者可在公布的日志中辨认所开启时段内的这些标签，以及所载接收方的标签（不限时段）。请像信件一样保管。",
    "unknown-time": "1970 年后 {ms} 毫秒",
    "consistent": "两份清单出自同一日志的同一大小，根一致：历史唯一。",
    "open": "没有内容与“两份清单出自同一日志”相矛盾；两者大小不同（{one} 与 {other}），较小者是否为较大者的开头，尚需一致性证明，"
    "或看到过两者的见证人。",
}

LIMITS: Final = ("limit-outside", "limit-seals", "limit-released", "limit-payload", "limit-clock", "limit-keys")


RECIPIENT_LIMITS: Final = (*LIMITS[:4], "limit-persons", *LIMITS[4:])
"""Of a recipient's account."""


def words_of(lang: str) -> Words:
    """Give the sentences of a language.

    Raises: RefusedError: `evidence.language`, another than en and zh.
    """
    if lang not in ("en", "zh"):
        raise RefusedError("a statement is in en or zh", code="evidence.language")
    return CHINESE if lang == "zh" else ENGLISH
