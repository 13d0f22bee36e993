// The report in Chinese. Names of models, metrics, sources, settings and commands stay as they are written elsewhere.
#include <array>

#include "evaluation/document.h"
#include "evaluation/report_words.h"

namespace haina::report {
namespace {

constexpr auto kChineseKeys = std::to_array<KeyText>({
    // protocol
    {"version", "版本"},
    {"goal", "目标"},
    {"metric", "指标"},
    {"tested", "测试期"},
    {"split", "划分"},
    {"candidates", "候选"},
    {"relevance", "相关性"},
    {"users", "用户"},
    {"items", "物品"},
    {"without", "未使用的来源"},
    {"leaks", "泄漏"},
    {"warning", "警告"},
    {"pairs", "配对"},
    {"count", "数量"},
    {"negatives", "负样本"},
    {"scores", "分数来自"},
    // actions
    {"action", "行为"},
    {"done", "实际次数"},
    {"expected", "期望次数"},
    {"log_loss", "对数损失"},
    {"log_loss_of_the_share", "按占比的对数损失"},
    // groups, history, weights, seconds
    {"models", "模型"},
    {"cold_users", "冷启动用户"},
    {"warm_users", "非冷启动用户"},
    {"cold_items", "冷启动物品"},
    {"new_items", "新物品"},
    {"loss", "损失"},
    {"epoch", "轮次"},
    {"step", "步数"},
    {"user", "用户"},
    {"item", "物品"},
    {"prepare", "准备"},
    {"train", "训练"},
    {"evaluate", "评估"},
    // quality
    {"totals", "总计"},
    {"events", "事件"},
    {"goals", "目标事件"},
    {"sources", "来源"},
    {"name", "名称"},
    {"kind", "类型"},
    {"read", "读取"},
    {"accepted", "接受"},
    {"rejected", "拒绝"},
    {"dropped", "丢弃"},
    {"rejects", "被拒绝的行"},
    {"detected", "识别结果"},
    {"format", "格式"},
    {"delimiter", "分隔符"},
    {"header", "表头"},
    {"time_unit", "时间单位"},
    {"values", "取值"},
    {"column", "列"},
    {"lowest", "最小"},
    {"highest", "最大"},
    {"rules", "规则"},
    {"rule", "规则"},
    {"source", "来源"},
    {"field", "字段"},
    {"examples", "示例"},
    {"missing", "缺失比例"},
    {"alignments", "对齐"},
    {"to", "对齐到"},
    {"by", "依据"},
    {"rows", "行数"},
    {"meetings", "ID 与事件的对应"},
    {"side", "对象"},
    {"ids", "ID 数"},
    {"met", "见于事件的比例"},
    {"events_met", "事件中有记录的比例"},
    {"strangers", "事件中没有的 ID"},
    {"of_events", "事件中的 ID"},
    {"note", "备注"},
});

// The rules are named where they are counted, in data/assembly, data/cleaning and pipeline/prepare.cpp.
constexpr auto kChineseValues = std::to_array<ValueText>({
    {"tested", "{} to {}", "{} 至 {}"},
    {"split", "time", "按时间"},
    {"split", "leave_last", "每位用户的最后一个"},
    {"split", "random", "随机"},
    {"split", "new_users", "新用户"},
    {"split", "files", "按文件"},
    {"kind", "events", "事件"},
    {"kind", "impressions", "展示"},
    {"kind", "items", "物品"},
    {"kind", "users", "用户"},
    {"kind", "social", "社交"},
    {"kind", "links", "关联"},
    {"kind", "vectors", "向量"},
    {"kind", "media", "媒体"},
    {"kind", "values", "取值"},
    {"kind", "orders", "订单"},
    {"candidates", "full", "全部物品"},
    {"relevance", "binary", "二值"},
    {"negatives", "sampled", "抽样"},
    {"negatives", "observed", "已观测"},
    {"scores", "ranker", "排序器"},
    {"scores", "network", "网络"},
    {"warning", kOneCandidateWarning, "只有一个候选：每个模型都把它排在第一，指标没有意义"},
    {"side", "user", "用户"},
    {"side", "item", "物品"},
    {"note", "{} % before ignoring upper and lower case", "忽略大小写之前为 {} %"},
    {"note", "{} % before ignoring leading zeros", "忽略前导零之前为 {} %"},
    {"rule", "aligned", "已对齐"},
    {"rule", "no counterpart found", "没有找到对应项"},
    {"rule", "vector of another length than {} left out", "略去长度不是 {} 的向量"},
    {"rule", "no vector", "没有向量"},
    {"rule", "vector given again", "向量重复给出"},
    {"rule", "vector of an unknown id left out", "略去未知 ID 的向量"},
    {"rule", "several values in several rows, all of them kept", "多行中有多个值，全部保留"},
    {"rule", "value that differs from an earlier row's left out", "略去与先前的行不同的值"},
    {"rule", "order named again, its first row is used", "订单重复出现，使用第一行"},
    {"rule", "event of an unknown order dropped", "删除未知订单的事件"},
    {"rule", "id brought into the plain form", "ID 改为普通写法"},
    {"rule", "row with a missing id dropped", "删除缺少 ID 的行"},
    {"rule", "row with an id outside the mapping dropped", "删除 ID 不在映射中的行"},
    {"rule", "no rows, the source is empty", "没有行，来源为空"},
    {"rule", "item known from negatives only", "只在负样本中出现的物品"},
    {"rule", "negative of an unknown user or item dropped", "删除未知用户或物品的负样本"},
    {"rule", "file of an unknown id ignored", "忽略未知 ID 的文件"},
    {"rule", "event at an impossible time dropped", "删除时间不可能的事件"},
    {"rule", "event with a weight of 0 or less dropped", "删除权重不大于 0 的事件"},
    {"rule", "refusal not taken for a goal, since the project names none", "项目没有指定目标，拒绝不算作目标"},
    {"rule", "duplicate dropped", "删除重复"},
    {"rule", "near duplicate dropped", "删除近似重复"},
    {"rule", "flood dropped", "删除刷量"},
    {"rule", "outside the core dropped", "删除核心之外的事件"},
    {"rule", "outlier made missing", "异常值改为缺失"},
    {"rule", "missing value filled with {}", "缺失值以 {} 填充"},
});

}  // namespace

constinit const ReportWords kChinese = {
    .language = "zh",
    .page_title = "海纳：评估",
    .page_title_of = "海纳：{} 的评估",
    .heading = "评估",
    .heading_of = "{} 的评估",
    .nothing_measured = "没有测量任何模型。",
    .subtitle = "推荐的质量，在没有任何模型训练过的事件上测得。",
    .contents = "目录",
    .card_interval = "95% 区间 {} – {}",
    .share_shown = "曾出现在列表中的物品的比例",
    .gain_over = "比其他模型中最好的 {} 高",
    .models_title = "各模型的 {}",
    .models_introduction =
        "列表的前 {} 位与用户随后的选择吻合的程度；位置越靠前，权重越大。细线是对用户自助抽样得到的 95% 区间。",
    .models_introduction_plain = "列表的前 {} 位与用户随后的选择吻合的程度。细线是对用户自助抽样得到的 95% 区间。",
    .examples = {.title = "列表示例",
                 .introduction = "三名测试用户。✓ 标出用户随后选择的物品；此前选择过的物品不在任何列表中。"},
    .metrics = {.title = "全部指标",
                .introduction =
                    "对用户取平均；每列的最优值已标出。gini、novelty、diversity 和 exposure 描述列表本身，没有最优值。"
                    "cold_exposure 和 new_exposure：训练事件少于 5 个、以及没有训练事件的物品所占的位置比例。"
                    "miscalibration：列表的类别构成与历史的差距，0 表示构成相同。"},
    .differences = {.title = "海纳与其每个模型的比较",
                    .introduction = "同一批用户上的配对差值。p 值已按模型的个数校正（Holm）。"},
    .better = "更好",
    .worse = "更差",
    .unsure = "不明确：区间包含零，或 p 不小于 0.05",
    .ablation =
        {.title = "每个来源的贡献",
         .introduction =
             "训练海纳时去掉一个来源，或一并去掉描述物品（或用户）的全部来源（内容相近的来源会互相弥补），指标如何"
             "变化：每个来源只用一个种子训练一次。换一个种子，指标也会变化，而这些（对用户的）区间不包含这种变化：去掉"
             "一个来源（haina train --exclude）之前，请用其他种子（[train] seed）比较有它和没有它的结果。p 值已按行数"
             "校正（Holm）。"},
    .falls = "下降：该来源在此有益",
    .rises = "上升：该来源可能有害，有待检验",
    .weights = {.title = "来源的权重",
                .introduction = "用户最靠前的十个物品的得分有多少来自各个模型，以及每个来源在融合网络的物品向量中的平均"
                                "权重。haina explain 说得更多。"},
    .curves = {.title = "学习曲线", .introduction = "圆圈标出最优值。"},
    .groups_title = "冷启动与非冷启动的用户和物品",
    .groups_introduction =
        "历史中少于 5 个事件的用户、其他用户，以及训练中少于 5 个事件（冷启动）或没有事件（新）的留出"
        "物品的 {}。",
    .actions = {.title = "行为的预测",
                .introduction =
                    "模型对每种行为和每个候选预测一个概率；这里与用户在测试部分的实际行为比较。期望次数：概率"
                    "之和，与实际次数相比。auc：1 为完美，0.5 为随机。对数损失低于按占比的对数损失（所有配对"
                    "用同一个概率）时，预测有益。"},
    .sampled_title = "在 {} 个已发布的候选中",
    .sampled_introduction =
        "只对每个用户的留出物品和随数据发布的候选排序。这些数字远高于上面的数字：只应与相同候选上的"
        "数字比较。",
    .quality = {.title = "数据质量",
                .introduction = "读取和清洗数据时每条规则发现了什么。等宽字体的示例按读取时记下的原文列出。"},
    .models_plot = "各模型的 {}，带 95% 区间",
    .bar_interval = "（95% 区间 {} 至 {}）",
    .over = "相对 {}",
    .without = "去掉 {}",
    .differences_in = "{} 的差值",
    .other_metrics = "其他指标",
    .weights_plot = "各来源的权重",
    .validation = "验证",
    .curve = "{}（按{}）",
    .group_users = "{}（{} 名用户）",
    .group_plot = "{1}的 {0}",
    .none_found = "没有模型命中：全部 {1} 个模型的 {0} 都是 0。",
    .model = "模型",
    .beyond_accuracy = "准确度之外",
    .at_length = "列表长度 {}",
    .other_lengths = "其他列表长度",
    .none = "无",
    .and_more = "{}，另有 {} 条",
    .user = "用户 {}",
    .no_history = "没有历史",
    .took_last = "最近选择：{}",
    .stage_seconds = "{} {} 秒",
    .verdict =
        {.one_user =
             "只有 {:.0f} 名测试用户：太少，无法区分各模型。请把这些数字当作初步印象，有至少 {:.0f} 名测试用户时"
             "再评估一次。",
         .few_users =
             "只有 {:.0f} 名测试用户：太少，无法区分各模型。请把这些数字当作初步印象，有至少 {:.0f} 名测试用户时"
             "再评估一次。",
         .no_other_model = "没有其他模型可以比较。",
         .incomparable = "各模型无法按 {} 比较。",
         .better_than_popularity = "优于热门模型 popularity（高 {}）",
         .worse_than_popularity = "不如热门模型 popularity（{} {}，95 % 区间 {} 至 {}）",
         .not_better_than_popularity = "并不优于热门模型 popularity（{} {}，95 % 区间 {} 至 {}）",
         .and_popularity = "，{}",
         .better = "海纳的列表优于最好的单个模型 {0}（{2} 高 {1}）{3}：可以使用。",
         .no_taste = "没有模型优于 popularity：事件中看不出热门之外的偏好，或者 [project] goal 或 [split] 不适合这些"
                     "数据。",
         .only_popularity = "海纳的列表{}。{}",
         .worse = "海纳的列表不如单独的 {0}（{2} 低 {1}，95 % 区间 {3}）{4}：可以试试 haina train --budget 10m；否则用 "
                  "[train] network = \"none\" 和 [train.experts.{0}] 单独提供 {0} 的列表。",
         .worse_than_network =
             "海纳的列表不如单独的 {0}（{2} 低 {1}，95 % 区间 {3}）{4}：可以试试 haina train --budget 10m，"
             "它会寻找更好的组合。",
         .luck = "；{} 个模型中在 {:.0f} 名用户上最好的那个，有运气的成分",
         .vague = "与最好的单个模型 {} 的列表在 {:.0f} 名测试用户上分不出高下",
         .same = "与最好的单个模型 {} 同样好，差别在误差之内",
         .use = "可以使用。",
         .use_either = "可以使用，也可以只用 {}。",
         .within_noise = "海纳的列表{}（{} {}，95 % 区间 {}{}）{}：{}",
         .percents = "{:+.1f} 至 {:+.1f} %",
         .amounts = "{:+.4f} 至 {:+.4f}"},
    .keys = kChineseKeys,
    .values = kChineseValues,
};

}  // namespace haina::report
