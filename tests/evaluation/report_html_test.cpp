#include "evaluation/report_html.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "evaluation/document.h"
#include "evaluation/plots.h"

namespace haina {
namespace {

using nlohmann::json;

size_t count(const std::string& text, std::string_view part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
    ++n;
  }
  return n;
}

json metric(double value, double half) { return {{"value", value}, {"low", value - half}, {"high", value + half}}; }

json model(const std::string& name, double ndcg) {
  json metrics;
  for (const int k : {5, 10, 20}) {
    const auto at = [&](const char* what) { return what + ("@" + std::to_string(k)); };
    const double scale = 0.7 + 0.03 * k;
    for (const auto& [what, factor] : std::map<const char*, double>{
             {"ndcg", 1}, {"recall", 1.3}, {"precision", 0.8}, {"f1", 0.6}, {"hr", 3}, {"map", 0.7}, {"mrr", 1.6}}) {
      metrics[at(what)] = metric(ndcg * factor * scale, 0.011 * factor);
    }
    metrics[at("coverage")] = {{"value", 0.1 + ndcg}};
    metrics[at("gini")] = {{"value", 0.95 - ndcg}};
    metrics[at("novelty")] = metric(9 + ndcg, 0.02);
    metrics[at("serendipity")] = metric(ndcg / 2, 0.01);
  }
  metrics["auc"] = metric(0.9 + ndcg / 10, 0.003);
  return {{"name", name},
          {"metrics", metrics},
          {"seconds", 0.4},
          {"groups",
           {{{"name", "cold_users"},
             {"users", 31},
             {"metrics", {{"ndcg@10", metric(ndcg * 0.6, 0.05)}, {"recall@10", metric(ndcg, 0.06)}}}},
            {{"name", "warm_users"},
             {"users", 428},
             {"metrics", {{"ndcg@10", metric(ndcg * 1.05, 0.012)}, {"recall@10", metric(ndcg * 1.2, 0.02)}}}},
            {{"name", "cold_items"},
             {"users", 77},
             {"metrics", {{"ndcg@10", metric(ndcg * 0.1, 0.008)}, {"recall@10", metric(ndcg * 0.2, 0.01)}}}}}}};
}

json sample() {
  json document = {
      {"schema", "haina.evaluate/1"},
      {"protocol",
       {{"dataset", "sample <films>"}, {"split", "time"}, {"candidates", "full"}, {"users", 459}, {"items", 11682}}},
      {"models",
       {model("haina", 0.312), model("ease", 0.291), model("item_knn", 0.262), model("network", 0.274),
        model("popularity", 0.141)}},
      {"seconds", {{"prepare", 1.2}, {"train", 300.1}, {"evaluate", 9.8}}}};
  const auto delta = [](double value, double half, double p) {
    return json{{"metric", "ndcg@10"}, {"delta", value}, {"low", value - half}, {"high", value + half}, {"p", p}};
  };
  const std::pair<const char*, json> gains[] = {{"ease", delta(0.021, 0.008, 0.001)},
                                                {"item_knn", delta(0.05, 0.01, 0.001)},
                                                {"network", delta(0.038, 0.01, 0.001)},
                                                {"popularity", delta(0.171, 0.014, 0.001)}};
  for (const auto& [than, row] : gains) {
    document["differences"].push_back(row);
    document["differences"].back().update({{"model", "haina"}, {"than", than}});
  }
  const std::pair<const char*, json> losses[] = {{"movies", delta(-0.0092, 0.004, 0.002)},
                                                 {"tags", delta(-0.0031, 0.0042, 0.14)},
                                                 {"social", delta(0.0049, 0.003, 0.004)}};
  for (const auto& [without, row] : losses) {
    document["ablation"].push_back(row);
    document["ablation"].back()["without"] = without;
  }
  for (int epoch = 1; epoch <= 16; ++epoch) {
    document["history"].push_back({{"epoch", epoch},
                                   {"loss", 7.2 - 2.1 * (1 - std::exp(-epoch / 5.0))},
                                   {"val", 0.28 - 0.18 * std::exp(-epoch / 3.0) - 0.0001 * epoch * epoch},
                                   {"seconds", 1.0}});
  }
  document["weights"] = {
      {"item", {{"behaviour", 0.46}, {"movies.genres", 0.21}, {"movies.title", 0.18}, {"tags.tag", 0.15}}},
      {"user", {{"history", 0.8}, {"social.friend", 0.2}}}};
  document["quality"] = {{"schema", "haina.quality/1"},
                         {"totals", {{"users", 459}, {"items", 11682}, {"events", 100836}}},
                         {"sources",
                          {{{"name", "ratings"},
                            {"kind", "events"},
                            {"read", 100838},
                            {"accepted", 100836},
                            {"rejected", 2},
                            {"rejects", {"ratings.csv:1042:17: column 'rating': cannot read 'four' as float32"}}}}},
                         {"rules",
                          {{{"rule", "duplicates"},
                            {"source", "ratings"},
                            {"count", 17},
                            {"examples", {"user 42, item 50 <script>alert(1)</script>", "user 7, item 9"}}},
                           {{"rule", "burst"}, {"source", "ratings"}, {"count", 0}, {"examples", json::array()}}}},
                         {"missing", {{"movies.year", 0.031}, {"movies.genres", 0.002}}}};
  return document;
}

// sample() with the parts that it lacks.
json whole_sample() {
  json document = sample();
  document["protocol"].update(
      {{"tested", "2025-03-01 to 2025-03-14"},
       {"relevance", "binary"},
       {"pairs", {{"count", 340}, {"negatives", "sampled"}}},
       {"warning", kOneCandidateWarning},
       {"actions", {{{"action", "buy"}, {"done", 111}, {"expected", 98.4}, {"log_loss_of_the_share", 0.2}}}}});
  document["sampled"] = {{"candidates", 99}, {"fewest", 98}, {"users", 459}, {"models", {model("haina", 0.71)}}};
  document["examples"] = {{{"user", "42"}, {"history", {"Heat"}}, {"list", {{{"item", "1"}, {"title", "Casino"}}}}},
                          {{"user", "43"}, {"history", json::array()}, {"list", json::array()}}};
  for (json& one : document["models"]) {
    one["groups"].push_back({{"name", "new_items"}, {"users", 12}, {"metrics", {{"ndcg@10", {{"value", 0.0}}}}}});
  }
  document["differences"].push_back(document["differences"][0]);
  document["differences"].back()["metric"] = "recall@10";
  for (const char* const rule : {"row with an id outside the mapping dropped", "missing value filled with mean"}) {
    document["quality"]["rules"].push_back({{"rule", rule}, {"source", ""}, {"count", 3}, {"examples", {"a"}}});
  }
  return document;
}

// What a reader sees or hears, in lines: texts, and the labels of plots and bars. Without quoted lines of the data.
std::string visible(std::string page) {
  for (const std::string tag : {"script", "style", "code"}) {
    for (size_t begin = 0; (begin = page.find("<" + tag, begin)) != std::string::npos;) {
      const size_t end = page.find("</" + tag + ">", begin);
      page.replace(begin, end - begin, "\n");
    }
  }
  std::string text;
  for (size_t at = 0; at < page.size();) {
    const size_t open = std::min(page.find('<', at), page.size()), close = std::min(page.find('>', open), page.size());
    text += page.substr(at, open - at) + "\n";
    const std::string tag = page.substr(open, close - open);
    for (const std::string attribute : {" title=\"", " aria-label=\""}) {
      if (const size_t begin = tag.find(attribute); begin != std::string::npos) {
        const size_t first = begin + attribute.size();
        text += tag.substr(first, tag.find('"', first) - first) + "\n";
      }
    }
    at = close + 1;
  }
  return text;
}

// Three or more words of Latin letters in a row: names have fewer.
std::vector<std::string> english_passages(const std::string& page) {
  static const std::regex kPassage("[A-Za-z]+( [A-Za-z]+){2,}");
  std::vector<std::string> found;
  std::istringstream lines(visible(page));
  for (std::string line; std::getline(lines, line);) {
    if (std::smatch match; std::regex_search(line, match, kPassage)) {
      found.push_back(line);
    }
  }
  return found;
}

TEST(ReportHtml, ChineseHasNoEnglishSentence) {
  const std::string page = report_html(whole_sample(), Language::kChinese);
  EXPECT_NE(page.find("<html lang=\"zh\">"), std::string::npos);
  for (const std::string& passage : english_passages(page)) {
    ADD_FAILURE() << passage;
  }
  EXPECT_GT(english_passages(report_html(whole_sample())).size(), 25U);
  if (const char* path = std::getenv("HAINA_SAMPLE_REPORT_ZH"); path != nullptr) {  // to look at it
    std::ofstream(path) << page;
  }
}

TEST(ReportHtml, ChineseKeepsNamesAndTheDocument) {
  const json document = whole_sample();
  const std::string page = report_html(document, Language::kChinese), english = report_html(document);
  for (const char* const part :
       {"<title>海纳：sample &lt;films&gt; 的评估</title>",
        "<h1>sample &lt;films&gt; 的评估</h1>",
        "海纳的列表优于最好的单个模型 ease（NDCG@10 高 7.2 %），优于热门模型 popularity（高 121 %）：可以使用。",
        "<h2>各模型的 NDCG@10</h2>",
        "item_knn",
        "<th>recall@10</th>",
        "去掉 movies",
        "相对 item_knn",
        "冷启动用户（31 名用户）",
        "没有模型命中：全部 5 个模型的 NDCG@10 都是 0。",
        "<h3>验证</h3>",
        "最近选择：Heat",
        "没有历史",
        "<b>测试期</b>2025-03-01 至 2025-03-14",
        "<b>配对</b>数量 340, 负样本 抽样",
        "删除 ID 不在映射中的行",
        "缺失值以 mean 填充",
        "<dt>movies.year</dt>",
        "评估 9.8 秒 · 准备 1.2 秒 · 训练 300.1 秒",
        "<summary>其他指标</summary>",
        "在 99 个已发布的候选中",
        "cannot read &#39;four&#39;"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  const auto embedded = [](const std::string& of) { return of.substr(of.find("id=\"haina-document\">")); };
  EXPECT_EQ(embedded(page), embedded(english));
  // The same numbers and plots in the same places.
  for (const char* tag : {"<section", "<div", "<table", "<td", "<details", "<svg", "<circle", "<li", "<dt"}) {
    EXPECT_EQ(count(page, tag), count(english, tag)) << tag;
  }
}

// Programs and people search pages for these words.
TEST(ReportHtml, EnglishKeepsItsWords) {
  const std::string page = report_html(whole_sample());
  EXPECT_EQ(page, report_html(whole_sample(), Language::kEnglish));
  for (const char* const part : {
           "<html lang=\"en\">",
           "<title>Haina: evaluation of sample &lt;films&gt;</title>",
           "<h1>Evaluation of sample &lt;films&gt;</h1>",
           "<p>Quality of recommendations, measured on events that no model was trained on.</p></header>",
           "<nav class=\"contents\" aria-label=\"contents\">",
           "<li><b>tested</b>2025-03-01 to 2025-03-14</li>",
           "<li><b>pairs</b>count 340, negatives sampled</li>",
           "<div class=\"name\">gain over the best other model, ease</div>",
           "<div class=\"more\">share of items ever shown</div>",
           "<h2>NDCG@10 of each model</h2>\n<p>How well the first 10 places of a list match what the user chose next; "
           "places near the top count more. Thin lines are 95% bootstrap intervals over users.</p>",
           "aria-label=\"ndcg@10 of each model with 95% intervals\"",
           "title=\"ease: 0.291 (95% interval 0.28 to 0.302)\"",
           "<h3>user 42</h3>\n<p>took last: Heat</p>",
           "<h3>user 43</h3>\n<p>no history</p>",
           "<th>model</th>",
           "<h3>Beyond accuracy</h3>",
           "<summary>Other list lengths</summary>\n<h3>At 5</h3>",
           "corrected for the number of models (Holm). <span class=\"key\" "
           "style=\"background:var(--good)\"></span>better"
           "<span class=\"key\" style=\"background:var(--bad)\"></span>worse<span class=\"key\" "
           "style=\"background:var(--unsure)\"></span>not clear: the interval includes zero, or p is 0.05 or more</p>",
           "<span class=\"label\">over ease</span>",
           "aria-label=\"differences in ndcg@10\"",
           "<summary>By other metrics</summary>\n<h3>recall@10</h3>",
           "(Holm). <span class=\"key\" style=\"background:var(--good)\"></span>it falls: the source helps",
           "aria-label=\"weights of the sources\"",
           "<h3>validation</h3>",
           "aria-label=\"val by epoch\"",
           "<h3>cold users (users: 31)</h3>",
           "aria-label=\"ndcg@10 of cold_users\"",
           "<th class=\"\">log_loss_of_the_share</th>",
           "<h2>Among 99 published candidates</h2>",
           "<td class=\"text\">row with an id outside the mapping dropped</td>",
           "and 1 more</summary>",
           "<footer>evaluate 9.8 s · prepare 1.2 s · train 300.1 s</footer>",
       }) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

TEST(ReportHtml, ShowsEveryPartOfTheDocument) {
  const std::string page = report_html(sample());
  for (const char* part :
       {"<!doctype html>", "NDCG@10 of each model", "item_knn", "What each source adds", "without movies",
        "Source weights", "movies.genres", "Learning curves", "validation", "cold users", "Data quality", "duplicates",
        "cannot read &#39;four&#39;", "300.1", "Other list lengths"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(page.find("nan"), std::string::npos);
  if (const char* path = std::getenv("HAINA_SAMPLE_REPORT"); path != nullptr) {  // to look at it
    std::ofstream(path) << page;
  }
}

// Whoever opens the page reads first whether to use the lists; what few need is folded.
TEST(ReportHtml, BeginsWithTheVerdictAndFoldsTheRest) {
  const std::string page = report_html(sample());
  const size_t verdict = page.find("Haina&#39;s lists are better than the best single model (ease)");
  ASSERT_NE(verdict, std::string::npos);
  EXPECT_LT(verdict, page.find("class=\"chips\""));
  EXPECT_LT(verdict, page.find("class=\"contents\""));
  for (const char* const title : {"All metrics", "Source weights", "Learning curves", "Data quality"}) {
    EXPECT_NE(page.find(std::string("<details><summary><h2>") + title), std::string::npos) << title;
  }
  // Every entry of the contents leads to a section.
  size_t entries = 0;
  for (size_t at = page.find("href=\"#"); at != std::string::npos; at = page.find("href=\"#", at + 1)) {
    const std::string id = page.substr(at + 7, page.find('"', at + 7) - at - 7);
    EXPECT_NE(page.find("<section id=\"" + id + "\">"), std::string::npos) << id;
    ++entries;
  }
  EXPECT_GT(entries, 5U);
}

TEST(ReportHtml, ShowsExampleLists) {
  json document = sample();
  EXPECT_EQ(report_html(document).find("Example lists"), std::string::npos);
  document["examples"] = {{{"user", "42"},
                           {"history", {"Heat <1995>"}},
                           {"list",
                            {{{"item", "1"}, {"title", "Casino"}, {"taken", true}},
                             {{"item", "2"}, {"title", "Ronin"}, {"taken", false}}}}}};
  const std::string page = report_html(document);
  EXPECT_NE(page.find("took last: Heat &lt;1995&gt;"), std::string::npos);
  EXPECT_NE(page.find("<li class=\"hit\"><b>Casino</b>"), std::string::npos);
  EXPECT_NE(page.find("<li>Ronin</li>"), std::string::npos);
}

TEST(ReportHtml, SaysInASentenceThatNoModelFindsAnyOfAGroup) {
  json document = sample();
  for (json& one : document["models"]) {
    one["groups"].push_back({{"name", "new_items"}, {"users", 12}, {"metrics", {{"ndcg@10", {{"value", 0.0}}}}}});
  }
  const std::string page = report_html(document);
  EXPECT_NE(page.find("No model finds any: NDCG@10 is 0 for all 5."), std::string::npos);
}

TEST(ReportHtml, ShowsThePValueThatIsCorrectedForTheNumberOfModels) {
  json document = sample();
  document["differences"][0]["p_holm"] = 0.031;
  const std::string page = report_html(document);
  EXPECT_NE(page.find("p 0.031"), std::string::npos);
}

// One of many intervals leaves out zero by chance.
TEST(ReportHtml, ADifferenceIsColoredAsClearOnlyWithItsCorrectedPValue) {
  json document = sample();
  document.erase("ablation");
  document["differences"] = json::array({document["differences"][0]});
  for (const auto& [p, clear] : {std::pair(0.049, 1U), {0.05, 0U}, {0.671, 0U}}) {
    document["differences"][0]["p_holm"] = p;
    EXPECT_EQ(count(report_html(document), "<div class=\"bar good"), clear) << p;
  }
}

TEST(ReportHtml, ShowsPublishedCandidatesInASectionOfTheirOwn) {
  json document = sample();
  EXPECT_EQ(report_html(document).find("published candidates"), std::string::npos);
  document["sampled"] = {{"candidates", 99}, {"fewest", 98}, {"users", 459}, {"models", {model("haina", 0.71)}}};
  const std::string page = report_html(document);
  const size_t begin = page.find("Among 99 published candidates");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_NE(page.find("0.7100", begin), std::string::npos);
  EXPECT_NE(page.find("compare them only with numbers", begin), std::string::npos);
}

TEST(ReportHtml, ShowsHowWellEachActionIsPredicted) {
  json document = sample();
  EXPECT_EQ(report_html(document).find("Predicted actions"), std::string::npos);
  document["protocol"]["actions"] = {{{"action", "buy"}, {"done", 111}, {"expected", 98.4}, {"auc", 0.8125}}};
  const std::string page = report_html(document);
  const size_t begin = page.find("Predicted actions");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_NE(page.find("buy", begin), std::string::npos);
  EXPECT_NE(page.find("0.8125", begin), std::string::npos);
  EXPECT_EQ(page.find("<b>actions</b>"), std::string::npos);  // a table, not a line of JSON above
}

TEST(ReportHtml, EscapesAllTextAndNamesNoOtherHost) {
  json document = sample();
  document["models"][1]["name"] = "<img src=x onerror=alert(1)>";
  document["protocol"]["note"] = "</script><script>alert(2)</script>\"'";
  document["quality"]["<b>key</b>"] = "</script>\xff";
  const std::string page = report_html(document);
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<b>key"), std::string::npos);
  EXPECT_EQ(page.find("<script>"), std::string::npos);
  EXPECT_EQ(count(page, "</script>"), 1);  // that of the embedded document
  EXPECT_EQ(page.find("http"), std::string::npos);
  EXPECT_EQ(page.find("@import"), std::string::npos);
}

TEST(ReportHtml, TagsAreBalanced) {
  const std::string page = report_html(sample());
  for (const char* tag : {"div", "section", "table", "tr", "td", "ul", "li", "dl", "details", "svg", "span", "i"}) {
    const std::string name(tag);
    EXPECT_EQ(count(page, "<" + name + ">") + count(page, "<" + name + " "), count(page, "</" + name + ">")) << tag;
  }
}

TEST(ReportHtml, EmbedsTheDocumentForPrograms) {
  const std::string page = report_html(sample());
  const std::string open = "id=\"haina-document\">";
  const size_t begin = page.find(open) + open.size();
  EXPECT_EQ(json::parse(page.substr(begin, page.find("</script>", begin) - begin)), sample());
}

TEST(ReportHtml, LeavesOutSectionsThatTheDocumentLacks) {
  const std::string page = report_html({{"schema", "haina.evaluate/1"}, {"models", json::array()}});
  EXPECT_EQ(page.find("<section"), std::string::npos);
  EXPECT_NE(page.find("</html>"), std::string::npos);
}

}  // namespace
}  // namespace haina
