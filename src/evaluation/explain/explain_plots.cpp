#include "evaluation/explain/explain_plots.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <numbers>
#include <vector>

#include "evaluation/plots.h"
#include "evaluation/report_text.h"

namespace haina::report {
namespace {

using nlohmann::json;

// Where values lie in a plot. y grows upwards.
struct Frame {
  double x_low, x_high, y_low, y_high;
  double width = 460, height = 220, left = 56, right = 16, top = 14, bottom = 38;

  double x(double value) const { return left + (value - x_low) / (x_high - x_low) * (width - left - right); }
  double y(double value) const {
    return height - bottom - (value - y_low) / (y_high - y_low) * (height - top - bottom);
  }
};

std::string value_text_of(const json& dependence, double value) {
  return text(dependence, "type") == "date" ? fmt::format("{:%F}", fmt::gmtime(static_cast<std::time_t>(value * 86400)))
                                            : readable(value);
}

// A color for each cluster, evenly around the wheel; equally light, so that the dark page shows them too.
std::string color_of(double number) {
  return fmt::format("hsl({:.0f} 62% 52%)", std::fmod(number * 360 / std::numbers::phi, 360.0));
}

}  // namespace

std::string dependence_plot(const json& dependence, const ExplainWords& words) {
  const json& points = part(dependence, "points");
  if (points.size() < 2) {
    return "";
  }
  Frame frame = {
      .x_low = number(points.front(), "value"), .x_high = number(points.back(), "value"), .y_low = 0, .y_high = 0};
  for (const json& point : points) {
    frame.y_low = std::min(frame.y_low, number(point, "low"));
    frame.y_high = std::max(frame.y_high, number(point, "high"));
  }
  const double margin = std::max(0.05, 0.08 * (frame.y_high - frame.y_low));
  frame.y_low -= margin;
  frame.y_high += margin;
  if (!(frame.x_high > frame.x_low)) {
    return "";
  }
  std::string band, back, line, dots;
  for (const json& point : points) {
    const double value = number(point, "value"), x = frame.x(value);
    band += fmt::format("{:.1f},{:.1f} ", x, frame.y(number(point, "high")));
    back = fmt::format("{:.1f},{:.1f} ", x, frame.y(number(point, "low"))) + back;
    line += fmt::format("{:.1f},{:.1f} ", x, frame.y(number(point, "score")));
    dots += fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"><title>{}: {}</title></circle>\n",
                        x, frame.y(number(point, "score")), escape_html(value_text_of(dependence, value)),
                        with_sign(number(point, "score")));
  }
  std::string out = fmt::format("<svg class=\"lines\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                                frame.width, frame.height, escape_html(words.number_plot(text(dependence, "field"))));
  for (const double tick : {frame.y_low + margin, 0.0, frame.y_high - margin}) {
    out += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text class=\"tick\" x=\"{}\" "
        "y=\"{:.1f}\" text-anchor=\"end\">{:.2f}</text>\n",
        frame.left, frame.width - frame.right, frame.y(tick), frame.y(tick), frame.left - 8, frame.y(tick) + 4, tick);
  }
  const std::pair<const json&, const char*> ends[] = {{points.front(), "start"}, {points.back(), "end"}};
  for (const auto& [point, anchor] : ends) {
    const double value = number(point, "value");
    out += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", frame.x(value),
                       frame.height - frame.bottom + 18, anchor, escape_html(value_text_of(dependence, value)));
  }
  return out + fmt::format(
                   "<polygon points=\"{}{}\" fill=\"var(--main)\" opacity=\".16\"/>\n<polyline class=\"line\" "
                   "points=\"{}\"/>\n{}</svg>\n",
                   band, back, line, dots);
}

std::string map_plot(const json& map, const ExplainWords& words) {
  if (part(map, "items").empty()) {
    return "";
  }
  const Frame frame = {.x_low = -1,
                       .x_high = 1,
                       .y_low = -1,
                       .y_high = 1,
                       .width = 960,
                       .height = 640,
                       .left = 14,
                       .right = 14,
                       .top = 14,
                       .bottom = 14};
  std::string out = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" style=\"width:100%\">\n",
                                frame.width, frame.height, escape_html(words.map_plot()));
  for (const json& item : part(map, "items")) {
    out += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\" opacity=\".7\"><title>{}</title></circle>\n",
        frame.x(number(item, "x")), frame.y(number(item, "y")), color_of(number(item, "cluster")),
        escape_html(text(item, "title")));
  }
  for (const json& cluster : part(map, "clusters")) {
    const double x = frame.x(number(cluster, "x")), y = frame.y(number(cluster, "y"));
    out += fmt::format(
        "<circle cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"11\" fill=\"var(--card)\" stroke=\"{2}\" stroke-width=\"2\"/><text "
        "class=\"value\" x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4:.0f}<title>{5}</title></text>\n",
        x, y, color_of(number(cluster, "number")), y + 4, number(cluster, "number"),
        escape_html(text(cluster, "name")));
  }
  return out + "</svg>\n";
}

}  // namespace haina::report
