#include "evaluation/report_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "evaluation/plots.h"
#include "evaluation/report_text.h"

namespace haina::report {
namespace {

using nlohmann::json;

// key: what the value stands under; empty where nothing names it.
std::string any_value(const std::string& key, const json& value, int depth, const ReportWords& words);

// Objects as rows of a table. Naming columns come first, lists and objects last.
std::string objects_table(const json& rows, int depth, const ReportWords& words) {
  std::vector<std::string> columns;
  for (const char* first : {"name", "rule", "source", "field", "kind", "count"}) {
    if (std::any_of(rows.begin(), rows.end(), [&](const json& row) { return row.contains(first); })) {
      columns.emplace_back(first);
    }
  }
  for (const bool nested : {false, true}) {
    for (const json& row : rows) {
      for (const auto& [name, value] : row.items()) {
        if (value.is_structured() == nested && std::find(columns.begin(), columns.end(), name) == columns.end()) {
          columns.push_back(name);
        }
      }
    }
  }
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  const auto is_number = [&](const std::string& column) {
    return std::all_of(rows.begin(), rows.end(),
                       [&](const json& row) { return part(row, column).empty() || part(row, column).is_number(); });
  };
  for (const std::string& column : columns) {
    out +=
        fmt::format("<th class=\"{}\">{}</th>", is_number(column) ? "" : "text", escape_html(key_text(words, column)));
  }
  out += "</tr></thead><tbody>\n";
  for (const json& row : rows) {
    out += "<tr>";
    for (const std::string& column : columns) {
      const bool missing = !row.contains(column) || (row[column].is_structured() && row[column].empty());
      out += fmt::format("<td class=\"{}\">{}</td>", is_number(column) ? "" : "text",
                         missing ? "" : any_value(column, row[column], depth + 1, words));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string any_value(const std::string& key, const json& value, int depth, const ReportWords& words) {
  constexpr int kDeepest = 5;
  if (!value.is_structured() || depth > kDeepest) {
    return shown(key, value, words);
  }
  if (value.is_array()) {
    if (!value.empty() && depth <= 1 &&
        std::all_of(value.begin(), value.end(), [](const json& row) { return row.is_object(); })) {
      return objects_table(value, depth, words);
    }
    if (value.empty()) {
      return words.none();
    }
    std::string others;
    for (size_t i = 1; i < value.size(); ++i) {
      others += fmt::format("<li><code>{}</code></li>", shown(value[i]));
    }
    const std::string first = fmt::format("<code>{}</code>", shown(value[0]));
    return others.empty() ? first
                          : fmt::format("<details><summary>{}</summary><ul>{}</ul></details>",
                                        words.and_more(first, std::ssize(value) - 1), others);
  }
  std::vector<std::string> names;  // these first, then the others by name
  for (const char* first : {"totals", "sources", "rules", "alignment"}) {
    if (value.contains(first)) {
      names.emplace_back(first);
    }
  }
  for (const auto& [name, inner] : value.items()) {
    if (name != "schema" && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  std::string pairs, nested;
  for (const std::string& name : names) {
    const json& inner = value[name];
    if (inner.is_structured() && depth == 0) {
      if (!inner.empty()) {
        nested += fmt::format("<h3>{}</h3>\n{}", escape_html(key_text(words, name)),
                              any_value(name, inner, depth + 1, words));
      }
    } else {
      pairs += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(key_text(words, name)),
                           any_value(name, inner, depth + 1, words));
    }
  }
  return (pairs.empty() ? "" : "<dl>" + pairs + "</dl>\n") + nested;
}

}  // namespace

std::string value_as_html(const json& value, const ReportWords& words) { return any_value("", value, 0, words); }

std::string example_lists(const json& examples, const ReportWords& words) {
  std::string body;
  for (const json& one : examples) {
    std::string took, list;
    for (const json& title : part(one, "history")) {
      took += (took.empty() ? "" : " · ") + shown(title);
    }
    for (const json& item : part(one, "list")) {
      list += item.value("taken", false)
                  ? fmt::format("<li class=\"hit\"><b>{}</b> ✓</li>", escape_html(text(item, "title")))
                  : fmt::format("<li>{}</li>", escape_html(text(item, "title")));
    }
    body += fmt::format("<div><h3>{}</h3>\n<p>{}</p>\n<ol>{}</ol></div>\n", escape_html(words.user(text(one, "user"))),
                        took.empty() ? words.no_history() : words.took_last(took), list);
  }
  return body.empty() ? "" : "<div class=\"pair\">\n" + body + "</div>\n";
}

}  // namespace haina::report
