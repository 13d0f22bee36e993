// The page is put together as text, section by section. A section without content is left out.
#include "evaluation/report_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "evaluation/document.h"
#include "evaluation/plots.h"
#include "evaluation/report_changes.h"
#include "evaluation/report_models.h"
#include "evaluation/report_style.h"
#include "evaluation/report_text.h"
#include "evaluation/report_values.h"
#include "evaluation/verdict.h"

namespace haina {
namespace {

using nlohmann::json;
using namespace report;

// The sections of the page in order, with a list of them to stand before.
class Sections {
 public:
  enum class Shown { kOpen, kFolded };
  // Nothing where the body is empty.
  void add(std::string_view title, const std::string& introduction, const std::string& body,
           Shown shown = Shown::kOpen) {
    if (body.empty()) {
      return;
    }
    const std::string id = fmt::format("part-{}", ++count_);
    contents_ += fmt::format("<li><a href=\"#{}\">{}</a></li>", id, title);
    const std::string inside = fmt::format("<p>{}</p>\n{}", introduction, body);
    text_ += shown == Shown::kOpen
                 ? fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", id, title, inside)
                 : fmt::format("<section id=\"{}\">\n<details><summary><h2>{}</h2></summary>\n{}</details></section>\n",
                               id, title, inside);
  }
  // name: of the list, for those who do not see it.
  std::string contents(const std::string& name) const {
    return count_ < 2 ? ""
                      : fmt::format("<nav class=\"contents\" aria-label=\"{}\"><ol>{}</ol></nav>\n", name, contents_);
  }
  const std::string& text() const { return text_; }

 private:
  int count_ = 0;
  std::string contents_, text_;
};

// What the protocol says under a key, in a line.
std::string chip_text(const std::string& key, const json& value, const ReportWords& words) {
  std::string what;
  if (value.is_array()) {
    for (const json& one : value) {
      what += (what.empty() ? "" : ", ") + shown(key, one, words);
    }
  } else if (value.is_object()) {
    for (const auto& [name, one] : value.items()) {
      what +=
          fmt::format("{}{} {}", what.empty() ? "" : ", ", escape_html(key_text(words, name)), shown(name, one, words));
    }
  } else {
    what = shown(key, value, words);
  }
  return what;
}

std::string header(const json& document, const ReportWords& words) {
  const json& protocol = part(document, "protocol");
  const std::string dataset = text(protocol, "dataset");
  std::string out =
      fmt::format("<header><h1>{}</h1>\n<p class=\"verdict\">{}</p>\n<p>{}</p></header>\n<ul class=\"chips\">",
                  dataset.empty() ? words.heading() : words.heading_of(escape_html(dataset)),
                  escape_html(part(document, "models").empty() ? words.nothing_measured()
                                                               : evaluation_verdict(document, words.verdict)),
                  words.subtitle());
  if (protocol.is_object()) {
    for (const auto& [key, value] : protocol.items()) {
      const bool has_parts = std::ranges::any_of(value, [](const json& one) { return one.is_structured(); });
      if (key == "dataset" || value.empty() || value == "" || (value.is_structured() && has_parts)) {
        continue;  // parts of their own have a table below
      }
      out += fmt::format("<li><b>{}</b>{}</li>", escape_html(key_text(words, key)), chip_text(key, value, words));
    }
  }
  return out + "</ul>\n";
}

// A colored square and what the color means.
std::string legend(const char* style, const Phrase<>& meaning) {
  return fmt::format("<span class=\"key\" style=\"background:var(--{})\"></span>{}", style, meaning());
}

std::string seconds_list(const json& document, const ReportWords& words) {
  std::string out;
  const json& seconds = part(document, "seconds");
  if (seconds.is_object()) {
    for (const auto& [stage, value] : seconds.items()) {
      out += (out.empty() ? "" : " · ") + words.stage_seconds(escape_html(key_text(words, stage)), shown(value));
    }
  }
  return out;
}

// JSON inside a script element: only a "<" could end it.
std::string embedded(const json& document) {
  std::string out;
  for (const char c : document.dump(-1, ' ', false, json::error_handler_t::replace)) {
    out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  }
  return out;
}

// Models, what they gain and what sources add.
void add_comparisons(Sections& sections, const json& document, const std::string& metric, const ReportWords& words) {
  const int64_t k = main_k(document);
  const bool by_place = metric.starts_with("ndcg@") || metric.starts_with("map@") || metric.starts_with("mrr@");
  sections.add(words.models_title(metric_title(metric)),
               by_place ? words.models_introduction(k) : words.models_introduction_plain(k),
               models_plot(document, metric, words));
  sections.add(words.examples.title(), words.examples.introduction(), example_lists(part(document, "examples"), words));
  sections.add(words.metrics.title(), words.metrics.introduction(), metric_tables(document, k, words),
               Sections::Shown::kFolded);
  sections.add(words.differences.title(),
               words.differences.introduction() + " " + legend("good", words.better) + legend("bad", words.worse) +
                   legend("unsure", words.unsure),
               delta_plots(part(document, "differences"), {"than", words.over, 1}, words));
  sections.add(words.ablation.title(),
               words.ablation.introduction() + " " + legend("good", words.falls) + legend("bad", words.rises) +
                   legend("unsure", words.unsure),
               delta_plots(part(document, "ablation"), {"without", words.without, -1}, words));
}

// What few readers need, folded.
void add_details(Sections& sections, const json& document, const std::string& metric, const ReportWords& words) {
  const json& actions = part(part(document, "protocol"), "actions");
  const json& sampled = part(document, "sampled");
  const json& quality = part(document, "quality");
  const auto add = [&](std::string_view title, const std::string& introduction, const std::string& body) {
    sections.add(title, introduction, body, Sections::Shown::kFolded);
  };
  add(words.weights.title(), words.weights.introduction(), weight_plots(part(document, "weights"), words));
  add(words.curves.title(), words.curves.introduction(), learning_curves(part(document, "history"), words));
  add(words.groups_title(), words.groups_introduction(metric_title(metric)),
      group_plots(document, metric, main_k(document), words));
  add(words.actions.title(), words.actions.introduction(), actions.empty() ? "" : value_as_html(actions, words));
  add(words.sampled_title(readable(report::number(sampled, "candidates"))), words.sampled_introduction(),
      sampled.empty() ? "" : metric_tables(sampled, main_k(sampled), words));
  add(words.quality.title(), words.quality.introduction(), quality.empty() ? "" : value_as_html(quality, words));
}

}  // namespace

std::string report_html(const json& document, Language language) {
  const ReportWords& words = words_of(language);
  const std::string metric = main_metric(document);
  const std::string dataset = text(part(document, "protocol"), "dataset");
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n"
      "<title>{}</title>\n<link rel=\"icon\" "
      "href=\"data:,\">\n<style>{}</style></head>\n<body><main>\n",
      words.language(), dataset.empty() ? words.page_title() : words.page_title_of(escape_html(dataset)), kReportStyle);
  Sections sections;
  add_comparisons(sections, document, metric, words);
  add_details(sections, document, metric, words);
  page += header(document, words) + sections.contents(words.contents()) + model_cards(document, metric, words) +
          sections.text();
  page += fmt::format(
      "<footer>{}</footer>\n</main>\n<script type=\"application/json\" "
      "id=\"haina-document\">{}</script>\n</body></html>\n",
      seconds_list(document, words), embedded(document));
  return page;
}

}  // namespace haina
