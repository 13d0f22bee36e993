#include "evaluation/explain/explain_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "evaluation/explain/explain_plots.h"
#include "evaluation/explain/explain_words.h"
#include "evaluation/plots.h"
#include "evaluation/report_style.h"
#include "evaluation/report_text.h"

namespace haina {
namespace {

using nlohmann::json;
using namespace report;

std::string percent_of_whole(double share) { return std::isnan(share) ? "–" : fmt::format("{:.1f} %", 100 * share); }

// Nothing where the body is empty.
std::string section_of(const std::string& title, const std::string& introduction, const std::string& body) {
  return body.empty() ? ""
                      : fmt::format("<section>\n<h2>{}</h2>\n<p>{}</p>\n{}</section>\n", title, introduction, body);
}

// Shares of lists, the largest first; note: the share and the weight.
std::string shares_plot(const json& rows, const std::string& description, const ExplainWords& words,
                        Language language) {
  std::vector<BarRow> bars;
  for (const json& row : rows) {
    const json& share = part(row, "share");
    if (std::isnan(number(share, "value"))) {
      continue;
    }
    std::string weight = fmt::format("{:.2f}", number(row, "weight"));
    if (!std::isnan(number(row, "weight_low"))) {
      weight += fmt::format(" [{:.2f}, {:.2f}]", number(row, "weight_low"), number(row, "weight_high"));
    }
    bars.push_back({.label = text(row, "name"),
                    .value = number(share, "value"),
                    .low = number(share, "low"),
                    .high = number(share, "high"),
                    .note = words.share_note(percent_of_whole(number(share, "value")), weight),
                    .style = "main"});
  }
  std::ranges::stable_sort(bars, std::greater(), &BarRow::value);
  return bars.empty() ? "" : bar_plot(bars, description, words_of(language));
}

std::string groups_table(const json& weights, const ExplainWords& words, Language language) {
  const json& groups = part(weights, "groups");
  if (groups.size() < 2) {
    return "";
  }
  std::string out = fmt::format("<div class=\"scroll\"><table><thead><tr><th>{}</th>", words.model());
  for (const json& group : groups) {
    out += fmt::format("<th>{} ({})</th>", escape_html(explain_name(language, text(group, "name"))),
                       readable(number(group, "users")));
  }
  out += "</tr></thead><tbody>\n";
  for (const json& expert : part(weights, "experts")) {
    const std::string name = text(expert, "name");
    out += fmt::format("<tr><td>{}</td>", escape_html(name));
    for (const json& group : groups) {
      out += fmt::format("<td>{}</td>", percent_of_whole(number(part(group, "experts"), name)));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string values_plot(const json& values, const ExplainWords& words, Language language) {
  std::vector<BarRow> bars;
  for (const json& source : part(values, "sources")) {
    const double low = number(source, "low"), high = number(source, "high");
    bars.push_back({.label = text(source, "name"),
                    .value = number(source, "value"),
                    .low = low,
                    .high = high,
                    .note = fmt::format("{}  [{}, {}]  {}", with_sign(number(source, "value")), with_sign(low),
                                        with_sign(high), percent_of_whole(number(source, "share"))),
                    .style = low > 0    ? "good"
                             : high < 0 ? "bad"
                                        : "unsure"});
  }
  if (bars.empty()) {
    return "";
  }
  std::ranges::stable_sort(bars, std::greater(), &BarRow::value);
  const auto mean = [&](const char* key) { return fixed(number(part(values, key), "value")); };
  std::string notes = words.values_base(mean("popularity"), mean("none"), mean("all"));
  if (number(values, "items") < number(values, "of_items")) {
    notes += " " + words.values_of_items(readable(number(values, "items")), readable(number(values, "of_items")));
  }
  if (const json& by_file = part(values, "by_file"); by_file.is_boolean() && by_file.get<bool>()) {
    notes += " " + words.values_by_file();
  }
  std::string left_out;
  for (const json& field : part(values, "left_out")) {
    left_out += (left_out.empty() ? "" : ", ") + shown(field);
  }
  if (!left_out.empty()) {
    notes += " " + words.values_left_out(left_out);
  }
  return fmt::format("<p>{}</p>\n", notes) + bar_plot(bars, words.values_plot(), words_of(language));
}

std::string values_section(const json& values, const ExplainWords& words, Language language) {
  const auto key = [](const char* style, const Phrase<>& meaning) {
    return fmt::format("<span class=\"key\" style=\"background:var(--{})\"></span>{}", style, meaning());
  };
  const std::string introduction = words.values_introduction(
      readable(number(values, "users")), readable(number(values, "choosing_users")), readable(number(values, "items")));
  return section_of(
      words.values_title(),
      introduction + " " + key("good", words.helps) + key("bad", words.harms) + key("unsure", words.unsure),
      values_plot(values, words, language));
}

std::string dependence_plots(const json& dependences, const ExplainWords& words) {
  std::string plots;
  for (const json& dependence : dependences) {
    if (const std::string plot = dependence_plot(dependence, words); !plot.empty()) {
      plots += fmt::format(
          "<div><h3>{}</h3>\n{}<p>{}</p></div>\n", escape_html(text(dependence, "field")), plot,
          words.numbers_taken(readable(number(dependence, "users")), readable(number(dependence, "items"))));
    }
  }
  return plots.empty() ? "" : fmt::format("<div class=\"pair\">\n{}</div>\n", plots);
}

std::string clusters_table(const json& map, const ExplainWords& words) {
  std::string out = fmt::format(
      "<div class=\"scroll\"><table><thead><tr><th>{}</th><th>{}</th><th class=\"text\">{}</th><th "
      "class=\"text\">{}</th></tr></thead><tbody>\n",
      words.cluster(), words.items(), words.telling(), words.typical());
  for (const json& cluster : part(map, "clusters")) {
    std::string telling, typical;
    for (const json& word : part(cluster, "words")) {
      telling += fmt::format("{}{} {}", telling.empty() ? "" : ", ", escape_html(text(word, "word")),
                             percent_of_whole(number(word, "share")));
    }
    for (const json& title : part(cluster, "typical")) {
      typical += (typical.empty() ? "" : "; ") + shown(title);
    }
    out += fmt::format("<tr><td>{:.0f}. {}</td><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td></tr>\n",
                       number(cluster, "number"), escape_html(text(cluster, "name")),
                       readable(number(cluster, "items")), telling, typical);
  }
  return out + "</tbody></table></div>\n";
}

// JSON inside a script element: only a "<" could end it.
std::string embedded_document(const json& document) {
  std::string out;
  for (const char c : document.dump(-1, ' ', false, json::error_handler_t::replace)) {
    out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  }
  return out;
}

}  // namespace

std::string explain_html(const json& document, Language language) {
  const ExplainWords& words = explain_words(language);
  const json& weights = part(document, "weights");
  const json& map = part(document, "map");
  const std::string title = words.title(escape_html(text(document, "dataset")));
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<title>{}</title>\n<link rel=\"icon\" "
      "href=\"data:,\">\n<style>{}</style></head>\n<body><main>\n<header><h1>{}</h1>\n<p>{}</p></header>\n",
      words_of(language).language(), title, kReportStyle, title,
      words.subtitle(escape_html(text(document, "version")), readable(number(weights, "users")),
                     readable(number(document, "users")), readable(number(document, "items"))));
  page += section_of(words.experts.title(), words.experts.introduction(),
                     shares_plot(part(weights, "experts"), words.experts_plot(), words, language));
  page += section_of(words.groups.title(), words.groups.introduction(), groups_table(weights, words, language));
  page += section_of(words.sources.title(), words.sources.introduction(),
                     shares_plot(part(weights, "sources"), words.sources_plot(), words, language));
  page += values_section(part(document, "source_values"), words, language);
  page += section_of(words.numbers_title(), words.numbers_introduction(),
                     dependence_plots(part(document, "partial_dependence"), words));
  const std::string plot = map_plot(map, words);
  page += section_of(words.map_title(), words.map_introduction(fmt::format("{:.0f}", 100 * number(map, "explained"))),
                     plot.empty() ? "" : plot + clusters_table(map, words));
  return page +
         fmt::format("</main>\n<script type=\"application/json\" id=\"haina-document\">{}</script>\n</body></html>\n",
                     embedded_document(document));
}

}  // namespace haina
