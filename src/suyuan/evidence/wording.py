"""The sentences of a statement, in English and in Chinese; `statement` chooses and fills them."""

from typing import Final

ENGLISH: Final = {
    "title": "The bundle is consistent: every proof in it holds and the bits were recomputed.",
    "log": "Log: {origin}",
    "key": "Its key, SHA-256: {fingerprint}",
    "unauthenticated": "Consistent; signer not authenticated. Nobody has said yet that this key is the log's: compare the "
    "fingerprint with one you trust, or verify with --policy.",
    "authenticated": "Log authenticated: the policy names this key.",
    "no-witness": "No outside time: only the log's own clock (the policy asks for no witness).",
    "witnessed": "Outside time: the policy's witnesses had seen these entries by {time} ({names}). They vouch that the "
    "entries stood in the log by then, in this order; earlier times below are the log's own clock.",
    "dump": "Dump: SHA-256 {sha256}, {size} bytes, {rows} rows ({matched} matched, {strangers} strangers, "
    "{unreadable} unreadable).",
    "rows-committed": "Bits of the committed rows: the dump was not given. The texts are those that were fixed when the "
    "trace was opened; that they stand in the dump is the platform's word. Verify with --dump.",
    "rows-checked": "Rows checked: the dump has this SHA-256, and all {count} rows shown here read in it as shown. "
    "Planted identifiers that count were counted in it anew.",
    "rows-parquet": "Dump checked by SHA-256 only: it is Parquet or was converted to be read, so its cells cannot be re-read without other tools.",
    "opened": "Trace opened (log's clock): {time}, entry {leaf}, dump number {number} of this log by its own count. Dump, "
    "suspects, weights, links and strategies were fixed there.",
    "links": "Which rows of the dump were linked to which person is the platform's word, fixed before any mark was read by its "
    "own clock; an examiner should have the linking repeated.",
    "caution": "CAUTION: {others} rows of the dump are strangers or unreadable, and only {matched} were linked. Rows that would "
    "speak against the finding may be among those left out.",
    "alpha": "Alpha, the chance that anyone unrelated is ever named, was set there to {alpha}.",
    "recipient": "{kind} {id} ({label})",
    "account": "Account",
    "partner": "Partner",
    "named": "Named, grade A: {bits} bits; the naming line is {line}.",
    "unnamed": "Not named, grade N: {bits} bits do not reach the naming line of {line}. This is no finding against it.",
    "proposition-1": "Proposition 1: the dump contains records from the releases made to this {what} (entries {releases}).",
    "proposition-2": "Proposition 2: it does not; any coincidence arises by chance.",
    "chance": "The agreement found, or a larger one, would occur under proposition 2 with probability at most 2^-{bits} "
    "({decimal}).",
    "no-chance": "The agreement found is no rarer under proposition 2 than under proposition 1.",
    "budget": "Over all suspects of this dump, the chance that anyone unrelated to it is named is at most {budget}; over all "
    "dumps there will ever be, at most {alpha}.",
    "because": "This holds because the marks were drawn by keys committed in the log before the releases; that these keys "
    "were drawn at random is the platform's word. It does not depend on how the dump was edited or by whom.",
    "basis": "Read: {persons} of {linked} linked persons shown (the others count against), {rows} rows, {slots} marks: "
    "{agreeing} agree, {contradicting} contradict; {hits} of {planted} planted identifiers found.",
    "decoys": "{decoys} of the persons shown are decoys that copies of one export family share, each put into a copy or left out of it by "
    "key: this copy had {held} of them.",
    "released": "Released between {first} and {last} (log's clock).",
    "limits": "What this does not say:",
    "limit-hand": "A mark names the copy, not the hand: an account or a partner, never a person. Who used the account, whether "
    "it was rented out or stolen, and whether its copy was copied on, is not shown here.",
    "limit-guilt": "It is no probability of guilt or innocence. It is how rarely chance alone would agree this well.",
    "limit-platform": "The platform knows the marked copy too and could have planted it: the commitments prove timing, not "
    "honesty. The dump in an examiner's custody and outside time narrow this.",
    "limit-keys": "If the keys of the marks were known to someone else before the dump appeared, the bound is void.",
    "limit-others": "Suspects that are not shown are neither named nor excluded; rows may also come from elsewhere.",
    "unknown-time": "{ms} ms after 1970",
}

CHINESE: Final = {
    "title": "证据包前后一致：其中每一项证明均成立，证据比特数已重新计算。",
    "log": "日志：{origin}",
    "key": "日志公钥指纹（SHA-256）：{fingerprint}",
    "unauthenticated": "前后一致；签名者身份未经认证。尚无人证明该公钥属于此日志：请与可信来源公布的指纹核对，或使用 --policy 验证。",
    "authenticated": "日志已认证：策略文件载明了该公钥。",
    "no-witness": "无外部时间：只有日志自身的时钟（策略未要求见证人）。",
    "witnessed": "外部时间：策略所列见证人最迟于 {time} 已看到这些条目（{names}）。见证人证明届时条目已按此顺序存在于日志中；"
    "下文更早的时间出自日志自身的时钟。",
    "dump": "泄露文件：SHA-256 {sha256}，{size} 字节，{rows} 行（{matched} 行匹配，{strangers} 行为陌生人，{unreadable} 行不可读）。",
    "rows-committed": "所述为已承诺各行的比特数：未提供泄露文件。文本与溯源开启时固定的一致；这些文本确在泄露文件之中，目前仅为平台所述。"
    "请使用 --dump 验证。",
    "rows-checked": "各行已核对：泄露文件的 SHA-256 相符，此处出示的 {count} 行在文件中逐一相符。"
    "计入的植入标识已在文件中重新清点。",
    "rows-parquet": "泄露文件仅核对了 SHA-256：该文件为 Parquet 格式或经转换后读取，不借助其他工具无法重读单元格。",
    "opened": "溯源开启时间（日志时钟）：{time}，条目 {leaf}，按日志自身计数为第 {number} 个泄露文件。泄露文件、嫌疑对象、权重、"
    "关联与策略均于该条目中固定。",
    "links": "泄露文件的哪些行关联到哪个人，出自平台所述；按平台自身的时钟，关联在读取任何标记之前固定。鉴定人应当要求重做关联。",
    "caution": "注意：泄露文件中有 {others} 行为陌生人或不可读，仅有 {matched} 行建立了关联。与结论相悖的行可能就在被略去的各行之中。",
    "alpha": "α（任何无关者在任何时候被指认的概率上限）在该条目中定为 {alpha}。",
    "recipient": "{kind} {id}（{label}）",
    "account": "账号",
    "partner": "合作方",
    "named": "指认，甲级（A）：{bits} 比特；指认线为 {line}。",
    "unnamed": "不予指认，N 级：{bits} 比特未达到指认线 {line}。这不构成对其不利的认定。",
    "proposition-1": "命题一：泄露文件包含向该{what}提供的记录（条目 {releases}）。",
    "proposition-2": "命题二：并不包含；一切吻合均出于偶然。",
    "chance": "在命题二之下，出现所见吻合或更大吻合的概率至多为 2^-{bits}（{decimal}）。",
    "no-chance": "所见吻合在命题二之下并不比在命题一之下更罕见。",
    "budget": "就该泄露文件的全部嫌疑对象而言，任何与之无关者被指认的概率至多为 {budget}；就今后一切泄露文件而言，至多为 {alpha}。",
    "because": "上述结论成立，是因为标记由提供之前已在日志中承诺的密钥抽取；这些密钥确系随机抽取，则出自平台所述。"
    "该结论与泄露文件如何、由何人改动无关。",
    "basis": "已读：关联的 {linked} 人中出示 {persons} 人（其余按不利计算），{rows} 行，{slots} 处标记：{agreeing} 处吻合，"
    "{contradicting} 处不符；植入标识 {planted} 个，发现 {hits} 个。",
    "decoys": "所示各人中有 {decoys} 人是同一导出族各副本共享的诱饵，是否放入某一副本由密钥决定：本副本含其中 {held} 人。",
    "released": "提供时间（日志时钟）：{first} 至 {last}。",
    "limits": "本证明不说明：",
    "limit-hand": "标记指明的是副本，而非经手之人：是账号或合作方，而不是自然人。何人使用该账号，账号是否被出租或盗用，副本是否又被他人复制，"
    "均不在此证明之列。",
    "limit-guilt": "这不是有罪或无罪的概率，而是仅凭偶然出现如此吻合的罕见程度。",
    "limit-platform": "平台同样知道带标记的副本，可能自行植入：承诺证明的是时间先后，而非诚实。由鉴定机构保管泄露文件、引入外部时间，可缩小此种可能。",
    "limit-keys": "若标记密钥在泄露文件出现之前已为他人所知，则上述上限不再成立。",
    "limit-others": "未出示的嫌疑对象既未被指认，也未被排除；部分行也可能另有来源。",
    "unknown-time": "1970 年后 {ms} 毫秒",
}

LIMITS: Final = ("limit-hand", "limit-guilt", "limit-platform", "limit-keys", "limit-others")
