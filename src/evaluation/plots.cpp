#include "evaluation/plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace haina {
namespace {

// Length of the UTF-8 sequence that starts at `i`; 0 where it is invalid (overlong forms and surrogates included).
size_t sequence_length(std::string_view text, size_t i) {
  const auto byte = [&](size_t j) { return j < text.size() ? static_cast<unsigned char>(text[j]) : 0U; };
  const auto follows = [&](size_t j, unsigned low, unsigned high) { return byte(j) >= low && byte(j) <= high; };
  const unsigned first = byte(i);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return follows(i + 1, 0x80, 0xBF) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    return follows(i + 1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(i + 2, 0x80, 0xBF) ? 3
                                                                                                                  : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    return follows(i + 1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(i + 2, 0x80, 0xBF) &&
                   follows(i + 3, 0x80, 0xBF)
               ? 4
               : 0;
  }
  return 0;
}

// Round values that divide [low, high] into 3 to 6 parts.
std::vector<double> ticks(double low, double high) {
  const double raw = (high - low) / 4, power = std::pow(10, std::floor(std::log10(raw)));
  const double step = power * (raw / power < 1.5 ? 1 : raw / power < 3.5 ? 2 : raw / power < 7.5 ? 5 : 10);
  std::vector<double> result;
  const auto first = static_cast<int64_t>(std::ceil(low / step - 1e-9));
  const auto last = static_cast<int64_t>(std::floor(high / step + 1e-9));
  for (int64_t nth = first; nth <= last; ++nth) {
    result.push_back(static_cast<double>(nth) * step);
  }
  return result;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t length = sequence_length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0 || byte == 0x7F || (byte < 0x20 && byte != '\t' && byte != '\n')) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    switch (text[i]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += text.substr(i, length);
    }
    i += length;
  }
  return out;
}

std::string readable(double value) {
  if (std::isnan(value)) {
    return "–";
  }
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    std::string digits = fmt::format("{:.0f}", std::abs(value));
    for (int64_t i = std::ssize(digits) - 3; i > 0 && std::abs(value) >= 10000; i -= 3) {
      digits.insert(static_cast<size_t>(i), "\u202F");  // narrow space
    }
    return (value < 0 ? "−" : "") + digits;
  }
  const std::string text = std::abs(value) >= 1e-4 && std::abs(value) < 1e7 ? fmt::format("{:.4g}", std::abs(value))
                                                                            : fmt::format("{:.2e}", std::abs(value));
  return (value < 0 ? "−" : "") + text;
}

std::string bar_plot(std::span<const BarRow> rows, std::string_view description, const report::ReportWords& words,
                     double scale) {
  double low = 0, high = std::max(0.0, scale);
  for (const BarRow& row : rows) {
    low = std::min({low, row.value, std::isnan(row.low) ? 0 : row.low});
    high = std::max({high, row.value, std::isnan(row.high) ? 0 : row.high});
  }
  const double range = high > low ? (high - low) * 1.02 : 1;
  const auto percent = [&](double x) { return 100 * (x - low) / range; };
  std::string out = fmt::format("<div class=\"bars\" role=\"img\" aria-label=\"{}\">\n", escape_html(description));
  for (const BarRow& row : rows) {
    const double begin = percent(std::min(row.value, 0.0)), end = percent(std::max(row.value, 0.0));
    const bool interval = !std::isnan(row.low) && !std::isnan(row.high);
    out +=
        fmt::format("<div class=\"bar {}\" title=\"{}: {}{}\"><span class=\"label\">{}</span><span class=\"track\">",
                    escape_html(row.style), escape_html(row.label), readable(row.value),
                    interval ? words.bar_interval(readable(row.low), readable(row.high)) : "", escape_html(row.label));
    if (low < 0) {
      out += fmt::format("<i class=\"zero\" style=\"left:{:.2f}%\"></i>", percent(0));
    }
    out += fmt::format("<i class=\"fill{}\" style=\"left:{:.2f}%;width:{:.2f}%\"></i>", row.value < 0 ? " left" : "",
                       begin, end - begin);
    if (interval) {
      out += fmt::format("<i class=\"whisker\" style=\"left:{:.2f}%;width:{:.2f}%\"></i>", percent(row.low),
                         percent(row.high) - percent(row.low));
    }
    out += fmt::format("</span><span class=\"note\">{}</span></div>\n", escape_html(row.note));
  }
  return out + "</div>\n";
}

std::string line_plot(const Line& line, std::string_view x_name, Best best, const report::ReportWords& words) {
  constexpr double kWidth = 460, kHeight = 220, kLeft = 56, kRight = 16, kTop = 14, kBottom = 38;
  if (line.points.empty()) {
    return "";
  }
  double x_low = line.points.front().first, x_high = line.points.back().first, y_low = line.points[0].second,
         y_high = y_low;
  auto marked = line.points.begin();
  for (auto point = line.points.begin(); point != line.points.end(); ++point) {
    y_low = std::min(y_low, point->second);
    y_high = std::max(y_high, point->second);
    if (best == Best::kLowest ? point->second < marked->second : point->second > marked->second) {
      marked = point;
    }
  }
  if (line.chosen) {
    marked = std::ranges::min_element(line.points, {}, [&](const auto& p) { return std::abs(p.first - *line.chosen); });
  }
  if (y_high - y_low < 1e-12) {
    y_low -= std::max(1e-6, std::abs(y_low) * 0.1);
    y_high += std::max(1e-6, std::abs(y_high) * 0.1);
  }
  const double margin = 0.06 * (y_high - y_low);  // more on the side of the best point's number
  y_low -= best == Best::kLowest ? 3 * margin : margin;
  y_high += best == Best::kHighest ? 3 * margin : margin;
  if (x_high <= x_low) {
    x_low -= 0.5;
    x_high += 0.5;
  }
  const auto x = [&](double v) { return kLeft + (v - x_low) / (x_high - x_low) * (kWidth - kLeft - kRight); };
  const auto y = [&](double v) {
    return kHeight - kBottom - (v - y_low) / (y_high - y_low) * (kHeight - kTop - kBottom);
  };
  std::string out = fmt::format("<svg class=\"lines\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth,
                                kHeight, escape_html(words.curve(line.name, x_name)));
  for (const double tick : ticks(y_low, y_high)) {
    out += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text class=\"tick\" x=\"{}\" "
        "y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        kLeft, kWidth - kRight, y(tick), y(tick), kLeft - 8, y(tick) + 4, readable(tick));
  }
  for (const double tick : ticks(x_low, x_high)) {
    if (tick == std::floor(tick)) {  // epochs and steps are whole
      out += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x(tick),
                         kHeight - kBottom + 18, readable(tick));
    }
  }
  out += fmt::format(
      "<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n<polyline class=\"line\" points=\"",
      kWidth - kRight, kHeight - 4, escape_html(x_name));
  for (const auto& [px, py] : line.points) {
    out += fmt::format("{:.1f},{:.1f} ", x(px), y(py));
  }
  out += "\"/>\n";
  if (line.points.size() <= 40) {
    for (const auto& [px, py] : line.points) {
      out +=
          fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"><title>{} {}: {}</title></circle>\n",
                      x(px), y(py), escape_html(x_name), readable(px), readable(py));
    }
  }
  if (best != Best::kNone) {
    const bool right = marked->first > (x_low + x_high) / 2;
    const double above = best == Best::kHighest ? y(marked->second) - 9 : y(marked->second) + 18;
    out += fmt::format(
        "<circle class=\"best\" cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"5\"/><text class=\"value\" x=\"{0:.1f}\" "
        "y=\"{2:.1f}\" text-anchor=\"{3}\">{4}</text>\n",
        x(marked->first), y(marked->second), std::clamp(above, 12.0, kHeight - kBottom - 3), right ? "end" : "start",
        readable(marked->second));
  }
  return out + "</svg>\n";
}

}  // namespace haina
