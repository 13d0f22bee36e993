#include "evaluation/explain/explain_words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace haina::report {
namespace {

const ExplainWords kEnglishWords = {
    .title = "{}: what the model has learned",
    .subtitle = "Version {}. Shares are of the ten best items of {} users; in all there are {} users and {} items.",
    .experts = {.title = "What lists rely on",
                .introduction = "The part of the score of listed items that comes from each model. Whiskers are 95 % "
                                "intervals over users; the weight is what the ranker multiplies standardised scores "
                                "by, the mean over users."},
    .groups = {.title = "By length of history",
               .introduction = "The same shares for users who have done little and for those who have done much."},
    .sources = {.title = "Sources of the network",
                .introduction = "The part of the network's score of listed items that comes from each source of the "
                                "item. The weight is the mean over all items, with the range of the middle 80 %."},
    .values_title = "What each source is worth",
    .values_introduction =
        "Shapley values: what a source adds to NDCG@10, averaged over all orders in which sources may be added to the "
        "events of the goal. They are exact for a linear model that is fitted on every set of sources, measured on {} "
        "validation users (its settings were chosen on {} others) and {} items; the model in use may weigh sources "
        "otherwise. Whiskers are 95 % intervals over users.",
    .values_base =
        "NDCG@10 of popularity: {}. Of the events of the goal: {}. With all sources: {}. The values sum to "
        "the difference of the last two.",
    .values_of_items = "Only the {} most popular of {} items take part.",
    .values_by_file = "There are more than ten sources, so those of one file stand together.",
    .values_left_out = "Without: {}.",
    .helps = "helps",
    .harms = "harms",
    .unsure = "no clear difference",
    .numbers_title = "How numbers move scores",
    .numbers_introduction =
        "Partial dependence: the mean score by the network if every item had this value, its other fields being as "
        "they are. 0 is the mean of the items as they are, 1 is a standard deviation between items. The band is the 95 "
        "% interval over users; points are deciles of the field.",
    .numbers_taken = "Over {} users and {} items.",
    .map_title = "Map of items",
    .map_introduction =
        "The fused vectors of items on their first two principal components, which hold {} % of the variance. Items "
        "near each other tend to suit the same users. Clusters are of k-means on all dimensions, named by the tags, "
        "categories or words that set them apart.",
    .cluster = "cluster",
    .items = "items",
    .telling = "telling values",
    .typical = "typical items",
    .model = "model",
    .share_note = "{}  weight {}",
    .experts_plot = "share of lists by model",
    .sources_plot = "share of the network's score by source",
    .values_plot = "Shapley values by source",
    .map_plot = "items in two dimensions",
    .number_plot = "score by {}"};

const ExplainWords kChineseWords = {
    .title = "{}：模型学到了什么",
    .subtitle = "版本 {}。占比按 {} 位用户各自最靠前的十个物品计算；共有 {} 位用户、{} 个物品。",
    .experts = {.title = "列表依据什么",
                .introduction = "列表中物品的得分有多少来自各个模型。细线为按用户计算的 95% "
                                "区间；权重是排序器与标准化得分相乘的数，按用户取平均。"},
    .groups = {.title = "按历史长短", .introduction = "行为少的用户与行为多的用户的同一组占比。"},
    .sources = {.title = "网络的来源",
                .introduction = "列表中物品的网络得分有多少来自物品的各个来源。权重是所有物品的平均值，并给出中间 80% "
                                "物品的范围。"},
    .values_title = "每个来源值多少",
    .values_introduction =
        "沙普利值：把各来源以所有可能的次序加到目标事件之上，一个来源平均使 NDCG@10 "
        "增加多少。对在每个来源子集上拟合的线性模型是精确的，在 {} 位验证用户（设置在另外 {} 位上选择）和 {} "
        "个物品上测得；正在使用的模型对来源的倚重可能不同。细线为按用户计算的 95% 区间。",
    .values_base = "热门的 NDCG@10：{}。仅目标事件：{}。加上全部来源：{}。各值之和为后两者之差。",
    .values_of_items = "只有最热门的 {} 个物品参与，共 {} 个。",
    .values_by_file = "来源多于十个，因此同一文件的来源合在一起。",
    .values_left_out = "未参与：{}。",
    .helps = "有帮助",
    .harms = "有害",
    .unsure = "无明显差异",
    .numbers_title = "数值如何改变得分",
    .numbers_introduction =
        "部分依赖：若每个物品都取该值而其他字段不变，网络的平均得分。0 是物品原样时的平均，1 "
        "是物品之间的一个标准差。色带为按用户计算的 95% 区间；各点为该字段的十分位数。",
    .numbers_taken = "取自 {} 位用户和 {} 个物品。",
    .map_title = "物品地图",
    .map_introduction =
        "物品的融合向量投影到前两个主成分上，它们占方差的 {}%。相近的物品为相同的用户所喜欢。聚类由 "
        "k-means 在全部维度上得到，以最能区分它们的标签、类别或词命名。",
    .cluster = "聚类",
    .items = "物品",
    .telling = "特征值",
    .typical = "典型物品",
    .model = "模型",
    .share_note = "{}  权重 {}",
    .experts_plot = "各模型在列表中的占比",
    .sources_plot = "各来源在网络得分中的占比",
    .values_plot = "各来源的沙普利值",
    .map_plot = "二维平面上的物品",
    .number_plot = "得分随 {} 的变化"};

constexpr auto kChineseNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"no history", "没有历史"},
    {"1 to 4 events", "1 至 4 个事件"},
    {"5 to 19 events", "5 至 19 个事件"},
    {"20 events and more", "20 个及以上事件"},
});

}  // namespace

const ExplainWords& explain_words(Language language) {
  return language == Language::kChinese ? kChineseWords : kEnglishWords;
}

std::string explain_name(Language language, const std::string& name) {
  const auto found = std::ranges::find(kChineseNames, name, [](const auto& one) { return one.first; });
  return language == Language::kChinese && found != kChineseNames.end() ? std::string(found->second) : name;
}

}  // namespace haina::report
