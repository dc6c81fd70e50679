"""The sentences of a receipt's statement, in English and in Chinese."""

from collections.abc import Mapping
from typing import Final

from suyuan.errors import RefusedError

ENGLISH: Final[Mapping[str, str]] = {
    "title": "Receipt of a consent {state}: it opens the entry that the log has of it.",
    "given": "GIVEN",
    "refused": "REFUSED",
    "withdrawn": "WITHDRAWN",
    "log": "Log: {origin}, entry {entry} of {time} (log's clock)",
    "key": "Its key, SHA-256: {fingerprint}",
    "unauthenticated": "Signer not authenticated. Nobody has said yet that this key is the log's: compare the fingerprint with "
    "one you trust, or verify with --policy.",
    "authenticated": "Log authenticated: the policy names this key.",
    "receipt": "Receipt: {receipt}",
    "person": "Person: {person}",
    "guardian": "Said for her by a guardian: {guardian}",
    "processor": "Asked by: {processor}",
    "purpose": "Purpose: {title} ({purpose})",
    "scope": "Concerns: {scope}",
    "scope-purpose": "the purpose itself",
    "scope-sensitive": "sensitive personal information, by a consent of its own",
    "scope-provision": "providing to {recipient}, by a consent of its own",
    "scope-publication": "making public, by a consent of its own",
    "scope-cross_border": "providing abroad, to {recipient}, by a consent of its own",
    "fields": "Items: {fields}",
    "notice": "Notice shown: {notice}",
    "none": "none",
    "said": "Said: {time}, through {channel}",
    "said-plain": "Said: {time}",
    "and": ", ",
    "limits": "What this does not say:",
    "limit-promise": "The log promised that this entry stands there. That it does is shown by an account of releases, or a proof of "
    "inclusion; a log that cannot give one is convicted by this receipt.",
    "limit-word": "What was asked and answered is what the platform wrote down; it cannot be changed since.",
    "limit-keep": "It names the person. Keep it as a letter.",
    "unknown-time": "{ms} ms after 1970",
}

CHINESE: Final[Mapping[str, str]] = {
    "title": "同意回执（{state}）：与日志中相应条目的承诺一致。",
    "given": "同意",
    "refused": "拒绝",
    "withdrawn": "撤回",
    "log": "日志：{origin}，条目 {entry}，{time}（日志时钟）",
    "key": "日志公钥指纹（SHA-256）：{fingerprint}",
    "unauthenticated": "签名者身份未经认证。尚无人证明该公钥属于此日志：请与可信来源公布的指纹核对，或使用 --policy 验证。",
    "authenticated": "日志已认证：策略文件载明了该公钥。",
    "receipt": "回执：{receipt}",
    "person": "个人：{person}",
    "guardian": "由监护人代为作出：{guardian}",
    "processor": "个人信息处理者：{processor}",
    "purpose": "处理目的：{title}（{purpose}）",
    "scope": "同意的事项：{scope}",
    "scope-purpose": "该处理目的",
    "scope-sensitive": "处理敏感个人信息（单独同意）",
    "scope-provision": "向 {recipient} 提供（单独同意）",
    "scope-publication": "公开（单独同意）",
    "scope-cross_border": "向境外 {recipient} 提供（单独同意）",
    "fields": "个人信息种类：{fields}",
    "notice": "所示告知：{notice}",
    "none": "无",
    "said": "作出时间：{time}，途径 {channel}",
    "said-plain": "作出时间：{time}",
    "and": "、",
    "limits": "本回执不说明：",
    "limit-promise": "日志已承诺该条目位于此处；其确在此处，由去向清单或包含证明表明。若日志不能出示，本回执即可证明其违规。",
    "limit-word": "所问与所答是平台当时写下的内容，此后无法更改。",
    "limit-keep": "本回执载明个人身份，请像信件一样保管。",
    "unknown-time": "1970 年后 {ms} 毫秒",
}

LIMITS: Final = ("limit-promise", "limit-word", "limit-keep")


def words_of(lang: str) -> Mapping[str, str]:
    """Give the sentences of a language.

    Raises: RefusedError: `evidence.language`, another than en and zh.
    """
    if lang not in ("en", "zh"):
        raise RefusedError("a statement is in en or zh", code="evidence.language")
    return CHINESE if lang == "zh" else ENGLISH
