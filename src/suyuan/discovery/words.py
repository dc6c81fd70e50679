"""Words that keep names apart from other things: what begins like a surname and is none, and usual Western names."""

from typing import Final

NO_NAMES: Final = frozenset(
    "方式 方法 方案 方正 管理 管理员 安全 安装 平台 平安 金额 金融 时间 时代 高级 高德 华为 万科 万达 路由 路径 路线 常用 常规 通用 文件 文本 文档"
    " 温度 阳光 包裹 包装 成功 成交 成都 元素 和平 白云 黄金 江苏 云南 安徽 江西 吉林 宁波 宁夏 温州 常州 荆州 郑州 杭州 徐州 苏州 金华 全部 单位"
    " 单号 单价 支付 支付宝 支持 商品 商家 商户 商城 石油 水果 游戏 游客 房间 房屋 房产 储值 储蓄 车辆 费用 计划 计算 党员 官方 官网 冷链 景区 景点"
    " 余额 应用 初始 相关 相册 满减 解决 解析 项目 连接 国家 国际 信用 信息 汤臣 康师傅 安卓 易购 应急 应答 成员 段落 毛重 净重 明细 顺丰 向日葵"
    " 白色 黑色 蓝色 黄色 红色 绿色 关系 关闭 关于 钱包 左侧 水印 林业 农业 农行 工商 严重 许可 许可证 容器 容量 柴油 曲线 温馨 陶瓷 贺卡 石材 古镇 周边"
    " 安防 安排 全国 全球 全称 方便 卫生 康复 毕业 时长 时段 时区 尚未 连锁 连续 满意 景观 相机 查询 查看 初级 初步 广告 和解 师傅 海外 都市 门店 门票"
    " 强制 宿舍 乐园 计费 封面 谈话 官员 储物 原价 家居 家具 通知 通讯 通讯录 宗教 金牌 金属 雷达 龙虾 高铁 高速 夏季 田径 董事会 马上 马桶 沙发 华东 华南"
    " 华北 江南 江北 支行 支出 干货 干洗 元旦 查无此人 应届生 党支部 任务 任务名 任意 任何 成本 程序 程序员 常量 常见 路人 路灯 广州 广东".split()
)
"""Words of two to four characters that a label for names may precede and that begin like a surname."""

GIVEN_NAMES: Final = frozenset(
    "james mary john patricia robert jennifer michael linda david elizabeth william barbara richard susan joseph jessica thomas sarah"
    " charles karen christopher nancy daniel lisa matthew betty anthony margaret mark sandra donald ashley steven kimberly paul emily"
    " andrew donna joshua michelle kenneth carol kevin amanda brian melissa george deborah edward stephanie ronald rebecca timothy laura"
    " jason sharon jeffrey cynthia ryan kathleen jacob amy gary shirley nicholas angela eric helen jonathan anna stephen brenda larry"
    " pamela justin nicole scott emma brandon samantha benjamin katherine samuel christine frank debra gregory rachel raymond olivia"
    " alexander carolyn patrick janet jack maria dennis heather jerry diane tyler julie aaron joyce jose victoria adam kelly nathan"
    " christina henry joan zachary evelyn douglas lauren peter judith kyle megan noah cheryl ethan andrea jeremy hannah walter jacqueline"
    " keith martha christian gloria roger teresa terry sara sean janice austin jean gerald alice harold kathryn carl julia arthur grace"
    " oliver harry amelia isla charlie jessica poppy jacob freddie sophie isabella mia lily ava wei li ming".split()
)
"""Given names in wide use. Source: the most frequent of the public lists of the US SSA and the British ONS."""
