// One archive that brings a project back: elsewhere, into another database, or over what went wrong; and never half.
#include "pipeline/backup.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "base/files.h"
#include "model/forget_in_project.h"
#include "model/version_pointer.h"
#include "model/versions.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"
#include "store/store.h"
#include "temporary_postgres.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

class BackupTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_backup_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(project());
    std::ofstream items(project() / "items.csv");
    items << "item_id,title\n";
    for (int i = 0; i < 8; ++i) {
      items << "b" << i << ",A book about " << (i % 2 == 0 ? "cats" : "ships") << "\n";
    }
    items.close();
    ASSERT_TRUE(write_text(project() / "haina.toml",
                           "[project]\nout = \"made\"\n[[source]]\nname = \"items\"\nkind = \"items\"\npath = "
                           "\"items.csv\"\ncolumns = { item = \"item_id\", title = \"text\" }\n"));
    const Config config = *load_config(project());
    const auto dataset = run_prepare(config, {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    for (int version = 0; version < 2; ++version) {
      const auto trained = run_train(*dataset, config, {});
      ASSERT_TRUE(trained) << to_text(trained.error());
    }
    append("early", 5);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path project() const { return folder_ / "shop"; }
  fs::path other() const { return folder_ / "elsewhere" / "shop"; }
  fs::path archive() const { return folder_ / "shop.tar"; }
  static Config config_of(const fs::path& project) { return *load_config(project); }
  static std::string store_of(const fs::path& project) { return "sqlite://" + (project / "made" / "live.db").string(); }
  void append(const std::string& user, int count) const {
    Store store = *Store::open(store_of(project()));
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(store.append({{{.user = user, .item = "b" + std::to_string(i), .action = "view"}}}));
    }
  }
  static int64_t events_in(const std::string& url) {
    auto store = Store::open(url);
    int64_t events = 0;
    EXPECT_TRUE(store && store->replay([&](const LiveEvent&) { ++events; }));
    return events;
  }
  Backup back_up_project() const {
    const auto backup = back_up(config_of(project()), "", archive(), "0.0.0");
    EXPECT_TRUE(backup) << (backup ? "" : to_text(backup.error()));
    return backup.value_or(Backup{});
  }
  // Everything below a folder, but for locks.
  static std::map<std::string, std::string> snapshot(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && entry.path().extension() != ".lock") {
        files[fs::relative(entry.path(), folder).string()] = *read_text(entry.path());
      }
    }
    return files;
  }
  fs::path folder_;
};

TEST_F(BackupTest, BringsTheProjectBackElsewhere) {
  const Backup backup = back_up_project();
  EXPECT_EQ(backup.versions, 2);
  EXPECT_EQ(backup.events, 5);
  EXPECT_EQ(fs::status(archive()).permissions() & fs::perms::others_all, fs::perms::none);
  const auto restored = restore(archive(), {.to = other()});
  ASSERT_TRUE(restored) << to_text(restored.error());
  EXPECT_EQ(restored->versions, 2);
  EXPECT_EQ(restored->events, 5);
  EXPECT_TRUE(restored->before.empty());
  const Config config = config_of(other());
  EXPECT_EQ(*current_version(config), *current_version(config_of(project())));
  EXPECT_EQ(*version_before(config), *version_before(config_of(project())));
  for (const std::string& version : version_names(config)) {
    const auto loaded = load_version(config, version);
    EXPECT_TRUE(loaded) << to_text(loaded.error());
  }
  EXPECT_EQ(events_in(store_of(other())), 5);
  for (const fs::directory_entry& entry : fs::directory_iterator(other())) {
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
  }
}

TEST_F(BackupTest, APersonCanOpenItWithTar) {
  back_up_project();
  const fs::path out = folder_ / "out";
  fs::create_directories(out);
  ASSERT_EQ(std::system(("tar -xf " + archive().string() + " -C " + out.string()).c_str()), 0);
  EXPECT_EQ(*read_text(out / "haina.toml"), *read_text(project() / "haina.toml"));
  EXPECT_EQ(events_in("sqlite://" + (out / "store.db").string()), 5);
  EXPECT_TRUE(fs::exists(out / "models" / "current.json"));
}

TEST_F(BackupTest, WhatIsThereIsReplacedOnlyWhenTold) {
  back_up_project();
  append("late", 3);
  const auto before = snapshot(project());
  const auto refused = restore(archive(), {.to = project()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().what.find("live.db"), std::string::npos) << refused.error().what;
  EXPECT_NE(refused.error().hint.find("--replace"), std::string::npos);
  EXPECT_EQ(snapshot(project()), before);
  const auto restored = restore(archive(), {.to = project(), .replace = Replace::kYes});
  ASSERT_TRUE(restored) << to_text(restored.error());
  EXPECT_EQ(events_in(store_of(project())), 5);
  ASSERT_FALSE(restored->before.empty());
  EXPECT_EQ(events_in("sqlite://" + (restored->before / "live.db").string()), 8) << "what was there is kept aside";
  EXPECT_TRUE(fs::exists(project() / "items.csv")) << "the project's own files stay";
  EXPECT_FALSE(back_up(config_of(project()), "", archive(), "0")) << "no archive is overwritten";
}

// Cut at many places, and with a byte changed at many places: refused, and what is there stays as it is.
TEST_F(BackupTest, ADamagedArchiveChangesNothing) {
  back_up_project();
  const std::string whole = *read_text(archive());
  const auto before = snapshot(project());
  const auto expect_refused = [&](const std::string& bytes, const std::string& how) {
    const fs::path damaged = folder_ / "damaged.tar";
    ASSERT_TRUE(write_text(damaged, bytes));
    const auto refused = restore(damaged, {.to = project(), .replace = Replace::kYes});
    ASSERT_FALSE(refused) << how;
    EXPECT_EQ(refused.error().code, ErrorCode::kBadData) << how << to_text(refused.error());
    EXPECT_FALSE(refused.error().hint.empty());
    EXPECT_FALSE(restore(damaged, {.to = other()})) << how;
    EXPECT_FALSE(fs::exists(other())) << how;
  };
  for (size_t part = 1; part < 12; ++part) {
    expect_refused(whole.substr(0, whole.size() * part / 12), "cut at " + std::to_string(part));
    const size_t at = whole.find_first_not_of('\0', whole.size() * part / 13);  // zeros between files mean nothing
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    expect_refused(changed, "changed at " + std::to_string(at));
  }
  EXPECT_EQ(snapshot(project()), before);
}

TEST_F(BackupTest, ANewerArchiveIsRefusedInWords) {
  back_up_project();
  std::string bytes = *read_text(archive());
  const size_t at = bytes.find("haina.backup/1");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 14, "haina.backup/7");
  ASSERT_TRUE(write_text(folder_ / "newer.tar", bytes));
  const auto newer = restore(folder_ / "newer.tar", {.to = other()});
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::kBadData);
  EXPECT_NE(newer.error().what.find("newer Haina"), std::string::npos) << newer.error().what;
  ASSERT_EQ(std::system(("cd " + project().string() + " && tar -cf ../none.tar items.csv").c_str()), 0);
  const auto none = restore(folder_ / "none.tar", {.to = other()});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().what.find("no backup of Haina"), std::string::npos) << none.error().what;
  EXPECT_FALSE(fs::exists(other()));
}

// An archive with a name that leads elsewhere, or with a file more than its manifest, is not of our making.
TEST_F(BackupTest, NamesThatLeadElsewhereAreRefused) {
  back_up_project();
  const fs::path out = folder_ / "out";
  fs::create_directories(out / "sub");
  ASSERT_EQ(std::system(("tar -xf " + archive().string() + " -C " + (out / "sub").string()).c_str()), 0);
  ASSERT_TRUE(write_text(out / "evil", "x"));
  for (const char* const name : {"../evil", "extra"}) {
    ASSERT_TRUE(write_text(out / "sub" / "extra", "x"));
    const std::string tar = "cd " + (out / "sub").string() + " && tar -P -cf ../../evil.tar manifest.json haina.toml ";
    ASSERT_EQ(std::system((tar + name).c_str()), 0);
    const auto refused = restore(folder_ / "evil.tar", {.to = other()});
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().what.find(name), std::string::npos) << refused.error().what;
  }
  EXPECT_FALSE(fs::exists(other()));
}

TEST_F(BackupTest, TheRestoredStoreGoesItsOwnWay) {
  append("gone", 2);
  back_up_project();
  append("late", 4);
  StoreMoment trained;
  {
    Store store = *Store::open(store_of(project()));
    ASSERT_TRUE(store.forget_user("gone"));
    trained = *store.snapshot();
  }
  ASSERT_TRUE(restore(archive(), {.to = project(), .replace = Replace::kYes}));
  append("again", 9);
  Store store = *Store::open(store_of(project()));
  const int64_t same = store.same_until(trained)->value_or(-1);  // numbers 6 and 7 were of the forgotten user
  EXPECT_LT(same, 8) << "the events that came after the backup are not in it";
  EXPECT_TRUE(store.events_of("early", 99, same)->empty()) << "would be learned twice";
  EXPECT_EQ(store.events_of("again", 99, same)->size(), 9U) << "would be lost";
  EXPECT_TRUE(store.events_of("gone", 9)->empty()) << "forgotten since the backup: stays so";
  EXPECT_EQ(store.events_of("early", 9)->size(), 5U);
}

TEST_F(BackupTest, WhoWasForgottenStaysSo) {
  const auto forget = [&](const std::string& user) {
    Store store = *Store::open(store_of(project()));
    ASSERT_TRUE(store.forget_user(user));
    ASSERT_TRUE(forget_in_project(config_of(project()), *store.forgotten_users()));  // as a service does
  };
  append("before", 2);
  append("after", 3);
  forget("before");
  back_up_project();
  forget("after");
  // Elsewhere nothing tells of what came after the backup.
  ASSERT_TRUE(restore(archive(), {.to = other()}));
  EXPECT_TRUE(forgotten_in_project(config_of(other()))->contains("before"));
  {
    Store store = *Store::open(store_of(other()));
    EXPECT_EQ(*store.append({{{.user = "before", .item = "b1", .time_us = 1}}}),
              std::vector<Appended>{Appended::kForgotten});
    EXPECT_EQ(store.events_of("after", 9)->size(), 3U);
  }
  const auto expect_gone = [&] {
    Store store = *Store::open(store_of(project()));
    EXPECT_EQ(store.events_of("early", 9)->size(), 5U);
    EXPECT_TRUE(store.events_of("after", 9)->empty());
    EXPECT_EQ(*store.append({{{.user = "after", .item = "b1", .time_us = 1}}}),
              std::vector<Appended>{Appended::kForgotten});
    EXPECT_TRUE(forgotten_in_project(config_of(project()))->contains("after"));
  };
  const auto all = restore(archive(), {.to = project(), .replace = Replace::kYes});
  ASSERT_TRUE(all) << to_text(all.error());
  expect_gone();
  // The store is lost, and the project remembers.
  for (const char* const ending : {"", "-wal", "-shm"}) {
    fs::remove(store_of(project()).substr(9) + ending);
  }
  ASSERT_TRUE(restore(archive(), {.to = project(), .what = RestoreWhat::kStore}));
  expect_gone();
}

TEST_F(BackupTest, AStoreInUseIsNotReplaced) {
  back_up_project();
  const std::string path = store_of(project()).substr(9);
  const auto serving = FileLock::take(fs::canonical(path).string() + ".lock", "a service", "end it");
  ASSERT_TRUE(serving);
  const auto refused = restore(archive(), {.to = project(), .replace = Replace::kYes});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("another haina serve"), std::string::npos) << refused.error().what;
  EXPECT_EQ(events_in(store_of(project())), 5);
}

// The move from SQLite to PostgreSQL, and back.
TEST_F(BackupTest, MovesTheStoreToPostgres) {
  static const TemporaryPostgres server;
  if (!server.why_not().empty()) {
    GTEST_SKIP() << server.why_not();
  }
  StoreMoment trained;
  {
    Store store = *Store::open(store_of(project()));
    trained = *store.snapshot();
  }
  back_up_project();
  const std::string url = server.database("moved");
  const RestoreOptions move = {.to = project(), .store = url, .what = RestoreWhat::kStore};
  const auto moved = restore(archive(), move);
  ASSERT_TRUE(moved) << to_text(moved.error());
  EXPECT_EQ(events_in(url), 5);
  {
    Store store = *Store::open(url);
    EXPECT_EQ(store.same_until(trained)->value_or(-1), 5) << "versions know this store";
    ASSERT_TRUE(store.append({{{.user = "late", .item = "b1"}}}));
    EXPECT_FALSE(restore(archive(), move)) << "it is connected, and not empty";
  }
  const auto refused = restore(archive(), move);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("--replace"), std::string::npos) << to_text(refused.error());
  const auto back = back_up(config_of(project()), url, folder_ / "back.tar", "0");
  ASSERT_TRUE(back) << to_text(back.error());
  EXPECT_EQ(back->events, 6);
  ASSERT_TRUE(restore(folder_ / "back.tar", {.to = other()}));
  EXPECT_EQ(events_in(store_of(other())), 6);
}

TEST_F(BackupTest, SaysWhatIsMissing) {
  const auto none = back_up(config_of(project()), "sqlite:///no/such.db", archive(), "0");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(archive()));
  for (const char* const ending : {"", "-wal", "-shm"}) {
    fs::remove(store_of(project()).substr(9) + ending);
  }
  EXPECT_FALSE(back_up_project().has_store);
  const auto restored = restore(archive(), {.to = other()});
  ASSERT_TRUE(restored) << to_text(restored.error());
  EXPECT_TRUE(restored->store.empty());
  EXPECT_FALSE(restore(archive(), {.to = other(), .what = RestoreWhat::kStore}));
}

}  // namespace
}  // namespace haina
