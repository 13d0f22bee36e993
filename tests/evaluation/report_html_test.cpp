#include "evaluation/report_html.h"

#include <gtest/gtest.h>

#include <fstream>

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
