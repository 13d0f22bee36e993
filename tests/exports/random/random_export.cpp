#include "exports/random/random_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace haina {
namespace {

class ExportMaker {
 public:
  ExportMaker(uint64_t seed, Difficulty difficulty) : draw_(seed) {
    out_.plan = difficulty == Difficulty::kClean ? clean_plan(seed, draw_) : draw_plan(seed, draw_);
    if (out_.plan.form == FileForm::kParquet) {
      // Arrow's own times, numbers of seconds, or text.
      out_.plan.time = draw_.chance(0.6) ? TimeForm::kBlank : draw_.chance(0.7) ? TimeForm::kSeconds : out_.plan.time;
    }
    const Plan& plan = out_.plan;
    out_.truth = draw_truth(
        draw_,
        {.language = plan.language, .has_times = plan.has_times, .time_step = plan.has_times ? step_of(plan.time) : 1});
    // Which ids a spreadsheet has spoiled: those of users or items of the events, or those of the table of items.
    spoiled_ids_ = plan.items ? draw_.below(3) : draw_.below(2);
  }

  RandomExport make() {
    write(events_table(),
          draw_.pick(std::vector<std::string>{"events", "interactions", "ratings", "export", "orders"}));
    if (out_.plan.items) {
      write(items_table(), draw_.pick(std::vector<std::string>{"items", "products", "catalog", "articles"}));
    }
    if (out_.plan.users) {
      write(users_table(), draw_.pick(std::vector<std::string>{"users", "customers", "profiles"}));
    }
    if (out_.plan.ties) {
      write(ties_table(), draw_.pick(std::vector<std::string>{"friends", "trust", "follows"}));
    }
    if (out_.plan.has(Defect::kOtherFiles)) {
      out_.files["README.md"] = "# Our data\nExported, see the wiki.\n";
      out_.files[".DS_Store"] = std::string("\0\0\0\1Bud1", 8);
      out_.files["_SUCCESS"] = "";
    }
    return std::move(out_);
  }

 private:
  Column column(Role role) {
    Familiarity names = out_.plan.names;
    std::string name = column_name(role, out_.truth.language, names, out_.truth.value_kind, draw_);
    return {std::move(name), role};
  }

  Cell missing() const { return {.kind = Cell::Kind::kMissing, .text = out_.plan.missing}; }
  bool is_missing() { return draw_.chance(out_.plan.missing_share); }

  Cell id_cell(const std::string& id, IdKind kind, int64_t place) {
    std::string text = id;
    const bool number = kind == IdKind::kSmall || kind == IdKind::kBig;
    if (place == spoiled_ids_ && out_.plan.has(Defect::kDecimalIds) && kind == IdKind::kSmall) {
      text += ".0";
    }
    if (place == spoiled_ids_ && out_.plan.has(Defect::kBlanksAroundIds) && draw_.chance(0.5)) {
      return {.kind = Cell::Kind::kText, .text = draw_.chance(0.5) ? text + " " : " " + text};
    }
    return {.kind = number ? Cell::Kind::kNumber : Cell::Kind::kText, .text = std::move(text)};
  }

  Cell value_cell(double value) {
    if (is_missing()) {
      return missing();
    }
    const bool whole = out_.truth.value_kind != ValueKind::kHalfStars && out_.truth.value_kind != ValueKind::kSeconds;
    return {.kind = Cell::Kind::kNumber, .text = number_text(value, whole ? 0 : 1, out_.plan.number)};
  }

  Cell time_cell(int64_t second) {
    const bool number = out_.plan.time <= TimeForm::kFloatSeconds;
    return {.kind = number ? Cell::Kind::kNumber : Cell::Kind::kText, .text = time_text(out_.plan.time, second)};
  }

  std::vector<Role> event_roles() {
    std::vector<Role> roles = {Role::kUser, Role::kItem};
    if (out_.truth.value_kind != ValueKind::kNone) {
      roles.push_back(Role::kValue);
    }
    if (!out_.truth.actions.empty()) {
      roles.push_back(Role::kAction);
    }
    if (out_.plan.has_times) {
      roles.push_back(Role::kTime);
    }
    if (out_.plan.header && out_.plan.names != Familiarity::kOdd) {
      const size_t more = draw_.weighted({65, 12, 12, 11});
      if (more > 0) {
        roles.push_back(more == 1 ? Role::kSession : more == 2 ? Role::kRowId : Role::kDevice);
        out_.has_session = more == 1;
      }
    }
    if (draw_.chance(0.4) && out_.plan.header) {
      draw_.shuffle(roles);
    }
    return roles;
  }

  Cell event_cell(Role role, TrueEvent& event, int64_t row) {
    switch (role) {
      case Role::kUser:
        return id_cell(out_.truth.user_ids[event.user], out_.truth.user_kind, 0);
      case Role::kItem:
        return id_cell(out_.truth.item_ids[event.item], out_.truth.item_kind, 1);
      case Role::kValue: {
        const Cell cell = value_cell(event.value);
        event.value = cell.kind == Cell::Kind::kMissing ? kNoValue : event.value;
        return cell;
      }
      case Role::kAction:
        return {.kind = Cell::Kind::kText, .text = event.action};
      case Role::kTime:
        return time_cell(event.second);
      case Role::kSession:
        return {.kind = Cell::Kind::kText, .text = fmt::format("s{}", event.user * 1000 + event.item % 7)};
      case Role::kRowId:
        return {.kind = Cell::Kind::kNumber, .text = fmt::format("{}", 500'001 + row)};
      default:
        return {.kind = Cell::Kind::kText, .text = draw_.pick(std::vector<std::string>{"web", "ios", "android"})};
    }
  }

  Table events_table() {
    Table table;
    for (const Role role : event_roles()) {
      table.columns.push_back(column(role));
    }
    if (out_.plan.nested) {
      table.columns[column_of(table, Role::kUser)].name = "user.id";
      table.columns[column_of(table, Role::kItem)].name = "item.id";
    }
    const bool by_user = draw_.chance(0.2);
    if (by_user) {
      std::ranges::stable_sort(out_.truth.events, {}, &TrueEvent::user);
    } else if (draw_.chance(0.7)) {
      std::ranges::stable_sort(out_.truth.events, {}, &TrueEvent::second);
    }
    int64_t row = 0;
    for (TrueEvent& event : out_.truth.events) {
      std::vector<Cell> cells;
      for (const Column& column : table.columns) {
        cells.push_back(event_cell(column.role, event, row));
      }
      table.rows.push_back(std::move(cells));
      table.months.push_back(time_text(TimeForm::kDay, event.second).substr(0, 7));
      ++row;
    }
    spoil_events(table);
    return table;
  }

  static size_t column_of(const Table& table, Role role) {
    return static_cast<size_t>(std::ranges::find(table.columns, role, &Column::role) - table.columns.begin());
  }

  void spoil_events(Table& table) {
    const Plan& plan = out_.plan;
    if (plan.has(Defect::kSentinelTimes)) {
      for (int i = 0; i < 2; ++i) {
        const auto row = static_cast<size_t>(draw_.below(std::ssize(table.rows)));
        table.rows[row][column_of(table, Role::kTime)].text = sentinel_time(plan.time, draw_);
        out_.truth.events[row].spoiled = true;
      }
    }
    const auto copy_row = [&](size_t row) {
      table.rows.push_back(table.rows[row]);
      table.months.push_back(table.months[row]);
    };
    if (plan.has(Defect::kDuplicates)) {
      for (int i = 0; i < 12; ++i) {
        copy_row(static_cast<size_t>(draw_.below(std::ssize(out_.truth.events))));
      }
    }
    if (plan.has(Defect::kMissingIds)) {
      const std::string word = draw_.pick(std::vector<std::string>{"", "NULL", "None", "nan", "null"});
      for (int i = 0; i < 3; ++i) {
        copy_row(static_cast<size_t>(draw_.below(std::ssize(out_.truth.events))));
        table.rows.back()[column_of(table, i == 0 ? Role::kItem : Role::kUser)] = {.text = word};
      }
    }
    if (plan.has(Defect::kConstantColumn)) {
      table.columns.push_back({"source", Role::kDevice});
      for (auto& row : table.rows) {
        row.push_back({.kind = Cell::Kind::kText, .text = "web"});
      }
    }
  }

  std::vector<Role> item_roles() {
    std::vector<Role> roles = {Role::kTitle};
    for (const Role role : {Role::kCategory, Role::kTags, Role::kPrice, Role::kVector}) {
      if (draw_.chance(role == Role::kVector ? 0.15 : 0.6)) {
        roles.push_back(role);
      }
    }
    if (draw_.chance(0.3)) {
      draw_.shuffle(roles);
    }
    roles.insert(roles.begin(), Role::kItem);
    return roles;
  }

  Cell item_cell(Role role, size_t i) {
    TrueItem& item = out_.truth.items[i];
    const auto lost = [&] { return role != Role::kItem && role != Role::kTitle && is_missing(); };
    if (lost()) {
      role == Role::kPrice      ? item.price = kNoValue
      : role == Role::kCategory ? (item.category.clear(), 0)
      : role == Role::kTags     ? (item.tags.clear(), 0)
                                : (item.vector.clear(), 0);
      return missing();
    }
    switch (role) {
      case Role::kItem:
        return id_cell(out_.truth.item_ids[i], out_.truth.item_kind, 2);
      case Role::kTitle:
        return {.kind = Cell::Kind::kText, .text = item.title};
      case Role::kCategory:
        return {.kind = Cell::Kind::kText, .text = item.category};
      case Role::kTags:
        return {.kind = Cell::Kind::kTags, .text = tags_text(out_.plan.tags, item.tags), .list = item.tags};
      case Role::kPrice:
        return {.kind = Cell::Kind::kNumber, .text = number_text(item.price, 2, out_.plan.price)};
      default:
        break;
    }
    Cell cell = {.kind = Cell::Kind::kVector};
    for (const double x : item.vector) {
      cell.list.push_back(fmt::format("{:.3f}", x));
      cell.text += (cell.text.empty() ? "[" : ", ") + cell.list.back();
    }
    cell.text += "]";
    return cell;
  }

  Table items_table() {
    Table table;
    for (const Role role : item_roles()) {
      table.columns.push_back(column(role));
    }
    // Mostly the id is called as in the events.
    const std::string in_events = out_.columns.at(Role::kItem).front();
    if (out_.plan.header && !out_.plan.nested && draw_.chance(0.7)) {
      table.columns.front().name = in_events;
    } else if (draw_.chance(0.4)) {
      table.columns.front().name = "id";
    }
    if (out_.plan.has(Defect::kStrayQuotes) || out_.plan.has(Defect::kLineBreaks)) {
      for (size_t i = 0; i < out_.truth.items.size(); i += 9) {
        out_.truth.items[i].title += out_.plan.has(Defect::kStrayQuotes) ? " 3\"" : "\nx";
      }
    }
    for (size_t i = 0; i < out_.truth.items.size(); ++i) {
      if (!out_.truth.items[i].in_table) {
        continue;
      }
      std::vector<Cell> cells;
      for (const Column& column : table.columns) {
        cells.push_back(item_cell(column.role, i));
      }
      table.rows.push_back(std::move(cells));
    }
    if (out_.plan.has(Defect::kBadByte)) {
      const auto row = static_cast<size_t>(draw_.below(std::ssize(table.rows)));
      const size_t title = column_of(table, Role::kTitle);
      const auto item = std::ranges::find(out_.truth.items, table.rows[row][title].text, &TrueItem::title);
      item->spoiled = true;
      table.rows[row][title].text.insert(0, "\xFF");
    }
    return table;
  }

  Table users_table() {
    Table table = {.columns = {column(Role::kUser), column(Role::kAge), column(Role::kCity)}};
    if (out_.plan.header && draw_.chance(0.8)) {
      table.columns.front().name = out_.columns.at(Role::kUser).front();
    }
    for (size_t u = 0; u < out_.truth.users.size(); ++u) {
      TrueUser& user = out_.truth.users[u];
      const auto optional_cell = [&](Cell cell) { return is_missing() ? missing() : cell; };
      Cell age = optional_cell({.kind = Cell::Kind::kNumber, .text = fmt::format("{:.0f}", user.age)});
      Cell city = optional_cell({.kind = Cell::Kind::kText, .text = user.city});
      user.age = age.kind == Cell::Kind::kMissing ? kNoValue : user.age;
      user.city = city.kind == Cell::Kind::kMissing ? "" : user.city;
      table.rows.push_back({id_cell(out_.truth.user_ids[u], out_.truth.user_kind, 3), age, city});
    }
    return table;
  }

  Table ties_table() {
    Table table = {.columns = {column(Role::kUser), {"friend_id", Role::kUser}}};
    for (const auto& [a, b] : out_.truth.ties) {
      table.rows.push_back({id_cell(out_.truth.user_ids[a], out_.truth.user_kind, 3),
                            id_cell(out_.truth.user_ids[b], out_.truth.user_kind, 3)});
    }
    return table;
  }

  // Odd names can collide.
  static void make_names_differ(Table& table) {
    std::set<std::string> taken;
    for (Column& column : table.columns) {
      while (!taken.insert(column.name).second) {
        column.name += "2";
      }
    }
  }

  std::string bytes_of(const Table& table) {
    switch (out_.plan.form) {
      case FileForm::kDelimited:
        return delimited_text(out_.plan, table, draw_);
      case FileForm::kParquet:
        return parquet_bytes(out_.plan, table);
      default:
        return json_text(out_.plan, table);
    }
  }

  void write_file(const std::string& stem, const Table& table) {
    const Plan& plan = out_.plan;
    const std::string extension = plan.form == FileForm::kParquet     ? ".parquet"
                                  : plan.form == FileForm::kJsonLines ? ".jsonl"
                                  : plan.form == FileForm::kJsonArray ? ".json"
                                  : plan.delimiter == "\t"            ? ".tsv"
                                  : plan.delimiter == "::"            ? ".dat"
                                                                      : ".csv";
    const std::string bytes = bytes_of(table);
    const bool packed = plan.has(Defect::kGzip);
    out_.files[stem + extension + (packed ? ".gz" : "")] = packed ? gzipped(bytes) : bytes;
  }

  void write(Table table, const std::string& stem) {
    table.stem = stem;
    make_names_differ(table);
    for (size_t c = 0; c < table.columns.size(); ++c) {
      out_.columns[table.columns[c].role].push_back(out_.plan.header || out_.plan.form != FileForm::kDelimited
                                                        ? table.columns[c].name
                                                        : fmt::format("#{}", c + 1));
    }
    const bool months = out_.plan.has(Defect::kFileAMonth), hive = out_.plan.has(Defect::kHive);
    if (table.months.empty() || (!months && !hive)) {
      return write_file(stem, table);
    }
    for (const std::string& month : std::set<std::string>(table.months.begin(), table.months.end())) {
      Table part = {.stem = stem, .columns = table.columns};
      for (size_t r = 0; r < table.rows.size(); ++r) {
        if (table.months[r] == month) {
          part.rows.push_back(table.rows[r]);
        }
      }
      write_file(hive ? stem + "/month=" + month + "/part-0" : stem + "-" + month, part);
    }
  }

  Draw draw_;
  RandomExport out_;
  int64_t spoiled_ids_ = 0;
};

}  // namespace

RandomExport make_random_export(uint64_t seed, Difficulty difficulty) { return ExportMaker(seed, difficulty).make(); }

}  // namespace haina
