"""Chinese surnames: what tells a column of names from a column of any short Han words.

Source: the Song-dynasty 百家姓 and the surnames common today; two-character ones first.
"""

from suyuan.kinds.plain import HAN

_COMPOUND = (
    "欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 南宫 端木 百里 独孤 轩辕 长孙 宇文 鲜于 闻人 "
    "申屠 公羊 澹台 淳于 单于 太叔 完颜 拓跋 呼延 西门 第五 钟离 司空 濮阳 赫连 万俟 宗政 仲孙 闾丘"
)

COMPOUND = frozenset(_COMPOUND.split())

SINGLE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季"
    "裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦"
    "戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻"
    "苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练"
    "廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿"
    "鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"
    "傅萧洪赖闫荀凤昌钮郗邴逄濮璩蔚酆咸郏宦蒯訾竺桓"
    "阎贝水贲诸滑羿汲糜弓牧隗宓蓬仰暴钭韶蓟怀鄂籍苍莘贡扶堵宰郦寿习鱼慎庾暨弘禄殳沃夔厍毋乜巢益代缑"
    "郄禚仉呙肇撒苻睢谯粘菅靖琚续綦芈柘桥矫苌鄞"
)

_TRADITIONAL = (
    "萬叢嚴豐烏樂喬習雲儲黨蘭關農馮況鳳劉勞區華單盧衛衞厲厙葉呂吳咼國婁孫寧甯宮賓壽堯鞏帥師莊應龐張強懷戰"
    "時晉權來楊欒橋樓歐畢湯塗溫滿蓋盤矯祿竇簡紀練續緱繆羅聶羋萇蒼蘇荊榮蕭蔣藍薊藺計許諸諾談諶謝譚譙貝貢賁"
    "費賀賈賴趙車邊連遲鄧鄺鄔鄒郟鄭酈鍾鐘鈄鈕錢銀門閆閉閔聞閻闕闞陽陰陸陳韋韓項顧顏饒馬駱魚魯鮑鮮麥黃齊龍"
    "龔"
)
"""The single ones that are written otherwise in traditional characters, as far as no other word of one character is meant."""

_TRADITIONAL_COMPOUND = (
    "東方 仲孫 公孫 單于 南宮 司馬 完顏 尉遲 歐陽 濮陽 獨孤 西門 諸葛 赫連 軒轅 鍾離 鐘離 長孫 聞人 閭丘 鮮于"
)

COMPOUNDS = f"(?:{'|'.join(sorted({*COMPOUND, *_TRADITIONAL_COMPOUND.split()}))})"
SINGLES = f"[{''.join(sorted({*SINGLE, *_TRADITIONAL}))}]"
"""The same as patterns, spelled alike for `re` and Rust."""

SURNAME = f"(?:{COMPOUNDS}|{SINGLES})"
HAN_NAME = rf"{SURNAME}[{HAN}]{{1,2}}"
"""A whole name in Chinese: a surname, and a given name of one or two characters."""

DOTS = "[\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff0e\uff65]"
"""What stands between the parts of a name from another language, 买买提·艾力, as people type it."""

DOTTED_NAME = rf"[{HAN}]{{1,9}}(?:{DOTS}[{HAN}]{{1,9}})+"
"""A whole name with such a dot."""
