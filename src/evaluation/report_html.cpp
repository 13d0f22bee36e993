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
  std::string contents() const {
    return count_ < 2 ? ""
                      : fmt::format("<nav class=\"contents\" aria-label=\"contents\"><ol>{}</ol></nav>\n", contents_);
  }
  const std::string& text() const { return text_; }

 private:
  int count_ = 0;
  std::string contents_, text_;
};

std::string header(const json& document) {
  const json& protocol = part(document, "protocol");
  std::string out = fmt::format(
      "<header><h1>{}</h1>\n<p class=\"verdict\">{}</p>\n<p>Quality of recommendations, measured on events that no "
      "model was trained on.</p></header>\n<ul class=\"chips\">",
      text(protocol, "dataset").empty() ? "Evaluation" : "Evaluation of " + escape_html(text(protocol, "dataset")),
      escape_html(part(document, "models").empty() ? "Nothing was measured." : evaluation_verdict(document)));
  if (protocol.is_object()) {
    for (const auto& [key, value] : protocol.items()) {
      const bool has_parts = std::ranges::any_of(value, [](const json& one) { return one.is_structured(); });
      if (key == "dataset" || value.empty() || (value.is_structured() && has_parts)) {
        continue;  // parts of their own have a table below
      }
      std::string what;
      if (value.is_array()) {
        for (const json& one : value) {
          what += (what.empty() ? "" : ", ") + shown(one);
        }
      } else if (value.is_object()) {
        for (const auto& [name, one] : value.items()) {
          what += fmt::format("{}{} {}", what.empty() ? "" : ", ", escape_html(name), shown(one));
        }
      } else {
        what = shown(value);
      }
      out += fmt::format("<li><b>{}</b>{}</li>", escape_html(key), what);
    }
  }
  return out + "</ul>\n";
}

// A colored square and what the color means.
std::string legend(const char* style, const char* words) {
  return fmt::format("<span class=\"key\" style=\"background:var(--{})\"></span>{}", style, words);
}

std::string seconds_list(const json& document) {
  std::string out;
  const json& seconds = part(document, "seconds");
  if (seconds.is_object()) {
    for (const auto& [stage, value] : seconds.items()) {
      out += fmt::format("{}{} {} s", out.empty() ? "" : " · ", escape_html(stage), shown(value));
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

}  // namespace

std::string report_html(const json& document) {
  const int64_t k = main_k(document);
  const std::string metric = fmt::format("ndcg@{}", k), title = metric_title(metric);
  const json& actions = part(part(document, "protocol"), "actions");
  const json& sampled = part(document, "sampled");
  const json& quality = part(document, "quality");
  const std::string dataset = text(part(document, "protocol"), "dataset");
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n"
      "<title>Haina: evaluation{}</title>\n<link rel=\"icon\" "
      "href=\"data:,\">\n<style>{}</style></head>\n<body><main>\n",
      dataset.empty() ? "" : " of " + escape_html(dataset), kReportStyle);
  Sections sections;
  sections.add(title + " of each model",
               fmt::format("How well the first {} places of a list match what the user chose next; places near the "
                           "top count more. Thin lines are 95% bootstrap intervals over users.",
                           k),
               models_plot(document, metric));
  sections.add("Example lists",
               "Three of the test users. ✓ marks what the user then took; items that were taken before are in no list.",
               example_lists(part(document, "examples")));
  sections.add("All metrics",
               "Means over users; the best value of each column is marked. Gini, novelty and diversity describe "
               "lists and have no best value.",
               metric_tables(document, k), Sections::Shown::kFolded);
  sections.add("Haina against each of its models",
               "Paired differences on the same users. p-values are corrected for the number of models (Holm). " +
                   legend("good", "better") + legend("bad", "worse") + legend("unsure", "the interval includes zero"),
               delta_plots(part(document, "differences"), "than", "over ", 1));
  sections.add(
      "What each source adds",
      "How the metric changes when Haina is trained without a source. p-values are corrected for the number of sources "
      "(Holm). " +
          legend("good", "it falls: the source helps") + legend("bad", "it rises: the source hurts") +
          legend("unsure", "the interval includes zero"),
      delta_plots(part(document, "ablation"), "without", "without ", -1));
  sections.add("Source weights",
               "Mean weight of each source in the item vectors of the fusion network, over items that have it.",
               weight_plots(part(document, "weights")), Sections::Shown::kFolded);
  sections.add("Learning curves", "The ring marks the best value.", learning_curves(part(document, "history")),
               Sections::Shown::kFolded);
  sections.add("Cold and warm users and items",
               title +
                   " of users with fewer than 5 events in their history, of other users, and of held-out items with "
                   "fewer than 5 events (cold) or no event (new) in training.",
               group_plots(document, metric, k), Sections::Shown::kFolded);
  sections.add("Predicted actions",
               "The model predicts a probability for each action and each candidate; here it is compared with what "
               "users did in the test part. expected: the sum of the probabilities, to compare with done. AUC: 1 is "
               "perfect, 0.5 is chance. A log-loss below log_loss_of_the_share (one probability for all pairs) "
               "means that the prediction helps.",
               actions.empty() ? "" : value_as_html(actions), Sections::Shown::kFolded);
  sections.add(fmt::format("Among {} published candidates", readable(number(sampled, "candidates"))),
               "Only each user's held-out items and the candidates published with the data are ranked. These "
               "numbers are far higher than those above: compare them only with numbers on the same candidates.",
               sampled.empty() ? "" : metric_tables(sampled, main_k(sampled)), Sections::Shown::kFolded);
  sections.add("Data quality", "What each rule found while the data was read and cleaned.",
               quality.empty() ? "" : value_as_html(quality), Sections::Shown::kFolded);
  page += header(document) + sections.contents() + model_cards(document, metric, k) + sections.text();
  page += fmt::format(
      "<footer>{}</footer>\n</main>\n<script type=\"application/json\" "
      "id=\"haina-document\">{}</script>\n</body></html>\n",
      seconds_list(document), embedded(document));
  return page;
}

}  // namespace haina
