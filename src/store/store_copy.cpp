// A whole store as one SQLite file, whatever database it is in, and back. Rows are copied table by table, column by
// column, so a table that the schema gets is copied without a change here. Measured speed: tests/store/copy_test.cpp.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/session.h"

namespace haina {
namespace {

enum class Cell { kText, kReal, kInteger };

struct Column {
  std::string name;
  Cell cell = Cell::kText;
};
struct Table {
  std::string name;
  std::vector<Column> columns;
  bool is_numbered() const {
    return std::ranges::any_of(columns, [](const Column& column) { return column.name == "seq"; });
  }
};

// One value of a row, bound to a column's place in a statement.
struct Value {
  std::string text;
  double real = 0;
  long long integer = 0;
  soci::indicator state = soci::i_ok;
};

std::vector<std::string> texts(soci::session& sql, const std::string& query) {
  std::string text;
  soci::statement select = (sql.prepare << query, soci::into(text));
  select.execute();
  std::vector<std::string> all;
  while (select.fetch()) {
    all.push_back(text);
  }
  return all;
}

// The tables of an SQLite store with their columns.
std::vector<Table> tables_of(soci::session& sqlite) {
  std::vector<Table> tables;
  for (const std::string& name : texts(
           sqlite, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")) {
    Table table = {.name = name, .columns = {}};
    std::string column, type;
    soci::statement select = (sqlite.prepare << "SELECT name, type FROM pragma_table_info(:name) ORDER BY cid",
                              soci::use(name), soci::into(column), soci::into(type));
    select.execute();
    while (select.fetch()) {
      table.columns.push_back(
          {column, type == "INTEGER" ? Cell::kInteger : (type == "REAL" ? Cell::kReal : Cell::kText)});
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

void bind(soci::statement& statement, const std::vector<Column>& columns, std::deque<Value>& values, bool results) {
  for (size_t c = 0; c < columns.size(); ++c) {
    Value& value = values[c];
    const auto exchange = [&](auto& member) {
      if (results) {
        statement.exchange(soci::into(member, value.state));
      } else {
        statement.exchange(soci::use(member, value.state));
      }
    };
    switch (columns[c].cell) {
      case Cell::kText:
        exchange(value.text);
        break;
      case Cell::kReal:
        exchange(value.real);
        break;
      case Cell::kInteger:
        exchange(value.integer);
        break;
    }
  }
}

std::string quoted(const std::string& name) { return fmt::format("\"{}\"", name); }

// Appends the rows of the table in `from` to that in `to`, in the order of their numbers where they have some.
void copy_rows(soci::session& from, soci::session& to, const Table& table) {
  // In batches, since PostgreSQL's client library holds a whole result in memory.
  constexpr int64_t kBatch = 20'000;
  std::vector<std::string> names, places;
  size_t number = 0;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    names.push_back(quoted(table.columns[c].name));
    places.push_back(fmt::format(":v{}", c));
    number = table.columns[c].name == "seq" ? c : number;
  }
  std::deque<Value> values(table.columns.size());
  soci::statement insert(to);
  bind(insert, table.columns, values, false);
  insert.alloc();
  insert.prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", quoted(table.name), fmt::join(names, ", "),
                             fmt::join(places, ", ")));
  insert.define_and_bind();
  const bool numbered = table.is_numbered();
  for (long long after = 0; true;) {
    soci::statement select(from);
    bind(select, table.columns, values, true);
    if (numbered) {
      select.exchange(soci::use(after));
    }
    select.alloc();
    select.prepare(
        fmt::format("SELECT {} FROM {}{}", fmt::join(names, ", "), quoted(table.name),
                    numbered ? fmt::format(" WHERE seq > :after ORDER BY seq LIMIT {}", kBatch) : std::string()));
    select.define_and_bind();
    select.execute();
    int64_t rows = 0;
    long long last = after;
    while (select.fetch()) {
      last = values[number].integer;
      insert.execute(true);
      ++rows;
    }
    if (!numbered || rows < kBatch) {
      return;
    }
    after = last;
  }
}

// The number that was given last in a numbered table, also where its row is gone.
long long last_given(soci::session& sql, bool sqlite, const std::string& table) {
  long long number = 0;
  if (sqlite) {
    sql << "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name", soci::use(table), soci::into(number);
    long long highest = 0;  // tables of the first releases kept no sequence
    sql << fmt::format("SELECT coalesce(max(seq), 0) FROM {}", quoted(table)), soci::into(highest);
    return std::max(number, highest);
  }
  std::string sequence;
  sql << "SELECT pg_get_serial_sequence(:name, 'seq')", soci::use(table), soci::into(sequence);
  sql << fmt::format("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {}", sequence), soci::into(number);
  return number;
}

void continue_after(soci::session& sql, bool sqlite, const std::string& table, long long number) {
  if (sqlite) {
    sql << "DELETE FROM sqlite_sequence WHERE name = :name", soci::use(table);
    sql << "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)", soci::use(table), soci::use(number);
    return;
  }
  std::string sequence;
  long long set = 0;
  sql << "SELECT pg_get_serial_sequence(:name, 'seq')", soci::use(table), soci::into(sequence);
  sql << fmt::format("SELECT setval('{}', {}, {})", sequence, std::max(1LL, number), number > 0 ? "true" : "false"),
      soci::into(set);
}

// Replaces all rows of `to` by those of `from`; one of the two is an SQLite store. Within transactions of the caller.
void copy_all(soci::session& from, bool from_sqlite, soci::session& to, bool to_sqlite) {
  std::vector<std::string> others;  // tables that a database server has; not all that SQLite has need be there
  if (!from_sqlite || !to_sqlite) {
    others =
        texts(from_sqlite ? to : from,
              "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()");
  }
  for (const Table& table : tables_of(from_sqlite ? from : to)) {
    if (!others.empty() && std::ranges::find(others, table.name) == others.end()) {
      continue;
    }
    to << fmt::format("DELETE FROM {}", quoted(table.name));
    copy_rows(from, to, table);
    if (table.is_numbered()) {
      continue_after(to, to_sqlite, table.name, last_given(from, from_sqlite, table.name));
    }
  }
}

}  // namespace

Status Store::write_copy(const std::string& path) {
  if (std::filesystem::exists(path)) {
    return fail({ErrorCode::kIo, "the copy's file is there already", path, "name another file"});
  }
  if (!is_shared()) {
    return attempt([&]() -> Status {
      session_->sql << "VACUUM INTO :path", soci::use(path);  // one read transaction, beside any number of writers
      return ok();
    });
  }
  HAINA_TRY(Store copy, Store::open("sqlite://" + path));
  return attempt(
      [&]() -> Status {
        soci::transaction reading(session_->sql);
        session_->sql << "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        soci::transaction writing(copy.session_->sql);
        copy_all(session_->sql, false, copy.session_->sql, true);
        writing.commit();
        reading.commit();
        return ok();
      },
      Takes::kMinutes);
}

Status Store::fill_from(const std::string& path) {
  HAINA_TRY(Store copy, Store::open("sqlite://" + path));
  return attempt(
      [&]() -> Status {
        soci::transaction reading(copy.session_->sql);
        Session::Write writing(*session_);
        copy_all(copy.session_->sql, true, session_->sql, !is_shared());
        std::string salt;
        session_->sql << "SELECT salt FROM forgetting", soci::into(salt);
        writing.commit();
        reading.commit();
        session_->salt = salt;
        session_->forgets = -1;
        session_->has_run = false;
        return ok();
      },
      Takes::kMinutes);
}

Result<bool> Store::is_empty() {
  return attempt([&]() -> Result<bool> {
    for (const char* const table :
         {"events", "entities", "keys", "hidden_items", "forgotten", "impressions", "feedback"}) {
      long long rows = 0;
      session_->sql << fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 1) AS one", table), soci::into(rows);
      if (rows > 0) {
        return false;
      }
    }
    return true;
  });
}

Result<int64_t> Store::other_sessions() {
  return attempt([&]() -> Result<int64_t> {
    long long others = 0;
    if (is_shared()) {
      session_->sql << "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
                       "pg_backend_pid() AND application_name = current_setting('application_name')",
          soci::into(others);
    }
    return others;
  });
}

}  // namespace haina
