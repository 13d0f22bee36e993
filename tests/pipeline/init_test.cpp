// haina init on published exports and on small ones of every form: what it writes must load, and most of it must
// prepare without a change.
#include "pipeline/init.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "config/config.h"
#include "pipeline/prepare.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

fs::path data_folder() {
  const char* const set = std::getenv("HAINA_DATA");
  return set != nullptr ? fs::path(set) : fs::path(HAINA_SOURCE_DIR) / "../shared/data";
}

class Init : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_init_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_ / "exports");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / "exports" / name).parent_path());
    std::ofstream(folder_ / "exports" / name, std::ios::binary) << text;
  }
  void copy(const fs::path& from) const { fs::copy_file(from, folder_ / "exports" / from.filename()); }
  Config made(const std::string& what = "exports") {
    const auto report = run_init(folder_ / what, folder_ / "haina.toml", Overwrite::kYes);
    EXPECT_TRUE(report) << (report ? "" : to_text(report.error()));
    if (report) {
      report_ = *report;
    }
    const auto config = load_config(folder_);
    EXPECT_TRUE(config) << (config ? "" : to_text(config.error())) << report_.toml;
    return config ? *config : Config{};
  }
  // The columns as "item=id year=number", roles first.
  static std::string columns(const SourceConfig& source) {
    std::vector<ColumnConfig> columns = source.columns;
    std::ranges::stable_partition(columns, [](const ColumnConfig& c) { return !c.role.empty(); });
    std::string text;
    for (const ColumnConfig& c : columns) {
      text += (text.empty() ? "" : " ") +
              (c.role.empty() ? c.column + "=" + c.type + (c.separator.empty() ? "" : ":" + c.separator)
                              : c.role + "=" + c.column + (c.type.empty() ? "" : ":" + c.type));
    }
    return text;
  }
  static const SourceConfig& source(const Config& config, const std::string& name) {
    for (const SourceConfig& s : config.sources) {
      if (s.name == name) {
        return s;
      }
    }
    static const SourceConfig none;
    ADD_FAILURE() << "no source " << name;
    return none;
  }
  Dataset prepared(const Config& config) {
    const auto dataset = run_prepare(config, {});
    EXPECT_TRUE(dataset) << (dataset ? "" : to_text(dataset.error())) << report_.toml;
    return dataset ? *dataset : Dataset{};
  }

  fs::path folder_;
  InitReport report_;
};

TEST_F(Init, AFolderCalledExportsGivesItsParentsName) {
  put("clicks.csv", "user,item,time\n1,a,1700000000\n2,b,1700000001\n");
  EXPECT_EQ(made().name, folder_.filename().string());
  EXPECT_EQ(made("exports/clicks.csv").name, "clicks");
}

TEST_F(Init, HetRecLastfmAsPublished) {
  const fs::path data = data_folder() / "social-lastfm-sociallgn";
  if (!fs::exists(data)) {
    GTEST_SKIP() << "SKIPPED: no " << data << "; set HAINA_DATA to the folder of the data sets";
  }
  for (const char* const name : {"raw_artists.dat.gz", "raw_tags.dat", "raw_user_artists.dat.gz",
                                 "raw_user_friends.dat", "raw_user_taggedartists.dat.gz"}) {
    copy(data / name);
  }
  const Config config = made();
  ASSERT_EQ(config.sources.size(), 5U);
  EXPECT_EQ(source(config, "raw_artists").kind, SourceKind::kItems);
  EXPECT_EQ(columns(source(config, "raw_artists")), "item=id name=name");
  EXPECT_EQ(source(config, "raw_tags").kind, SourceKind::kValues);
  EXPECT_EQ(source(config, "raw_tags").of, "raw_user_taggedartists.tag");
  EXPECT_EQ(source(config, "raw_user_artists").kind, SourceKind::kEvents);
  EXPECT_EQ(columns(source(config, "raw_user_artists")), "item=artistID user=userID value=weight");
  EXPECT_EQ(source(config, "raw_user_friends").kind, SourceKind::kSocial);
  EXPECT_EQ(columns(source(config, "raw_user_taggedartists")), "item=artistID tag=tagID user=userID");
  EXPECT_EQ(config.goal, (std::vector<std::string>{"raw_user_artists"}));
  // The readme's own counts: 1,892 users, 17,632 artists, 92,834 listenings.
  const Dataset dataset = prepared(config);
  EXPECT_EQ(dataset.users.size(), 1892);
  EXPECT_EQ(dataset.events.size(), 92834);
  EXPECT_EQ(dataset.events.goal.sum().item<int64_t>(), 92834);
}

TEST_F(Init, MovieLens1MWithoutHeadersInLatin1) {
  const fs::path data = data_folder() / "ml-1m-multimodal";
  if (!fs::exists(data)) {
    GTEST_SKIP() << "SKIPPED: no " << data << "; set HAINA_DATA to the folder of the data sets";
  }
  copy(data / "movies.dat");
  copy(data / "users.dat");
  std::string ratings;
  for (int i = 0; i < 3000; ++i) {
    ratings += std::to_string(1 + i % 40) + "::" + std::to_string(1 + (7 * i) % 300) +
               "::" + std::to_string(1 + i % 5) + "::" + std::to_string(978300760 + 1000 * i) + "\n";
  }
  put("ratings.dat", ratings);
  const Config config = made();
  ASSERT_EQ(config.sources.size(), 3U);
  EXPECT_EQ(columns(source(config, "movies")), "item=#1 name=#2 #3=tags:|");
  EXPECT_EQ(source(config, "movies").encoding, "latin-1");
  EXPECT_EQ(source(config, "movies").delimiter, "::");
  EXPECT_EQ(columns(source(config, "users")), "user=#1 #2=category #3=category #4=number #5=category");
  EXPECT_EQ(columns(source(config, "ratings")), "item=#2 time=#4:s user=#1 value=#3");
  EXPECT_EQ(config.goal, (std::vector<std::string>{"#3 >= 4"}));
  EXPECT_EQ(config.split.by, SplitBy::kTime);
  const Dataset dataset = prepared(config);
  EXPECT_EQ(dataset.items.size(), 3885);  // 3,883 films, and two ids that only the made ratings know
  EXPECT_EQ(dataset.users.size(), 6040);
  EXPECT_EQ(dataset.events.goal.sum().item<int64_t>(), 1200);
}

TEST_F(Init, OfTwoAmazonDataSetsOneIsKept) {
  const fs::path data = data_folder() / "amazon18-minionerec-partial";
  if (!fs::exists(data)) {
    GTEST_SKIP() << "SKIPPED: no " << data << "; set HAINA_DATA to the folder of the data sets";
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(data)) {
    copy(entry.path());
  }
  const Config config = made();
  ASSERT_EQ(config.sources.size(), 4U) << report_.toml;
  EXPECT_EQ(columns(source(config, "Industrial_and_Scientific_info")), "item=#3 name=#2 #1=category");
  EXPECT_EQ(columns(source(config, "Industrial_and_Scientific_item")),
            "item=#key brand=category description=text title=text");
  EXPECT_EQ(columns(source(config, "Industrial_and_Scientific_test")), "item=item_id user=user_id");
  EXPECT_NE(report_.toml.find("Office_Products' look like another data set"), std::string::npos);
  EXPECT_EQ(prepared(config).items.size(), 3686);
  // The other one, by the common beginning of its files.
  EXPECT_EQ(made("exports/Office_Products").sources.front().name, "Office_Products_info");
}

TEST_F(Init, RecBoleAtomicFiles) {
  const fs::path data = data_folder() / "ml-100k";
  if (!fs::exists(data)) {
    GTEST_SKIP() << "SKIPPED: no " << data << "; set HAINA_DATA to the folder of the data sets";
  }
  for (const char* const name : {"ml-100k.item", "ml-100k.user", "ml-100k.link", "ml-100k.kg.gz"}) {
    copy(data / name);
  }
  put("ml-100k.inter",
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n186\t302\t5\t891717742\n"
      "196\t302\t4\t881250950\n");
  const Config config = made();
  ASSERT_EQ(config.sources.size(), 5U) << report_.toml;
  EXPECT_EQ(columns(source(config, "inter")), "item=item_id time=timestamp:s user=user_id value=rating");
  EXPECT_EQ(columns(source(config, "item")), "item=item_id class=tags:  movie_title=text release_year=category");
  EXPECT_EQ(columns(source(config, "user")),
            "user=user_id age=number gender=category occupation=category zip_code=category");
  EXPECT_EQ(source(config, "link").kind, SourceKind::kLinks);
  const Dataset dataset = prepared(config);
  EXPECT_EQ(dataset.users.size(), 943);
  EXPECT_EQ(dataset.items.size(), 1682);
}

TEST_F(Init, MovieLens100KPlainData) {
  const fs::path data = data_folder() / "ml-100k" / "u.data.gz";
  if (!fs::exists(data)) {
    GTEST_SKIP() << "SKIPPED: no " << data << "; set HAINA_DATA to the folder of the data sets";
  }
  copy(data);
  const Config config = made("exports/u.data.gz");
  EXPECT_EQ(columns(source(config, "u")), "item=#2 time=#4:s user=#1 value=#3");
  EXPECT_EQ(prepared(config).events.goal.sum().item<int64_t>(), 55375);
}

TEST_F(Init, TimesInEveryUnitAndDecimalCommas) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"s", {"1700000000", "1700000100", "1700000200"}},
      {"ms", {"1700000000000", "1700000100000", "1700000200000"}},
      {"us", {"1700000000000000", "1700000100000000", "1700000200000000"}},
      {"iso", {"2023-11-14T22:13:20Z", "2023-11-14T22:15:00Z", "2023-11-14 22:16:40"}}};
  for (const auto& [unit, times] : cases) {
    put("views.csv", "user_id;item_id;timestamp;weight\nann;hat;" + times[0] + ";0,5\nbob;cap;" + times[1] +
                         ";1,25\nann;cap;" + times[2] + ";1\n");
    const Config config = made();
    EXPECT_EQ(columns(source(config, "views")),
              std::string("item=item_id time=timestamp:") + unit + " user=user_id weight=weight");
    EXPECT_EQ(source(config, "views").decimal, ",");
    const Dataset dataset = prepared(config);
    EXPECT_EQ(dataset.events.time[0].item<int64_t>(), 1'700'000'000'000'000) << unit;
    EXPECT_EQ(dataset.events.weight.max().item<float>(), 1.25F) << unit;
  }
}

TEST_F(Init, JsonLinesWithListsAndParquet) {
  std::string lines;
  for (int i = 0; i < 30; ++i) {
    lines += R"({"item_id": "i)" + std::to_string(i) + R"(", "title": "A fine thing of number )" + std::to_string(i) +
             R"(", "tags": ["red", "big"], "price": )" + std::to_string(i) + R"(.5, "embedding": [0.25, 0.5]})" + "\n";
  }
  put("products.jsonl", lines);
  arrow::StringBuilder users, items;
  arrow::Int64Builder times;
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(users.Append("u" + std::to_string(i % 6)).ok() && items.Append("i" + std::to_string(i % 30)).ok() &&
                times.Append(1700000000000 + i).ok());
  }
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("visitorid", arrow::utf8()), arrow::field("itemid", arrow::utf8()),
                                        arrow::field("ts", arrow::int64())}),
                         {*users.Finish(), *items.Finish(), *times.Finish()});
  const auto file = *arrow::io::FileOutputStream::Open((folder_ / "exports" / "clicks.parquet").string());
  ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file).ok() && file->Close().ok());
  const Config config = made();
  EXPECT_EQ(columns(source(config, "clicks")), "item=itemid time=ts:ms user=visitorid");
  EXPECT_EQ(source(config, "clicks").format, "parquet");
  EXPECT_EQ(columns(source(config, "products")), "item=item_id embedding=vector price=number tags=tags title=text");
  const Dataset dataset = prepared(config);
  EXPECT_EQ(dataset.events.size(), 60);
  EXPECT_EQ(dataset.items.size(), 30);
}

TEST_F(Init, ListsInCellsAreReadAsLists) {
  const std::string cells[] = {"[%, 289]", "\"[\"\"%\"\", \"\"289\"\"]\"", "\"['%', '289']\""};
  for (const char* const name : {"products", "sequence", "item_id"}) {
    for (const std::string& cell : cells) {
      std::string orders = "customer_id,date," + std::string(name) + "\n";
      for (int i = 0; i < 60; ++i) {
        std::string list = cell.front() == '"' ? cell : "\"" + cell + "\"";
        list.replace(list.find('%'), 1, std::to_string(300 + i % 7));
        orders += "u" + std::to_string(i % 9) + ",2024-01-" + std::to_string(10 + i % 20) + "," + list + "\n";
      }
      put("orders.csv", orders);
      const Config config = made();
      EXPECT_EQ(source(config, "orders").columns.size(), 3U);
      const Dataset dataset = prepared(config);
      EXPECT_EQ(dataset.items.size(), 8) << name << " " << cell << "\n" << report_.toml;
      EXPECT_TRUE(dataset.items.find("289")) << name << " " << cell;
      EXPECT_EQ(dataset.events.size(), 120) << name << " " << cell;
    }
  }
}

TEST_F(Init, ListsThatDescribeUsersAreNoEvents) {
  put("views.csv", "user,item\nann,1\nbob,2\n");
  std::string members = "user_id,interests\n";
  for (int i = 0; i < 40; ++i) {
    members += "u" + std::to_string(i) + ",\"['art', 'tea" + std::to_string(i % 3) + "']\"\n";
  }
  put("members.csv", members);
  const Config config = made();
  EXPECT_EQ(source(config, "members").kind, SourceKind::kUsers);
  EXPECT_EQ(columns(source(config, "members")), "user=user_id interests=tags:list");
}

// Parts of written numbers return in other cells as words of lists do, and some cells have no comma.
TEST_F(Init, NumbersWithCommasAreNoLists) {
  const std::vector<std::string> genres = {"war", "drama", "comedy", "news"};
  put("views.csv", "user,item\nann,1\nbob,2\n");
  std::string products = "product_id;votes;price;genres\n";
  for (size_t i = 0; i < 60; ++i) {
    const size_t start = i % 20;
    const std::string votes =
        i % 3 == 0 ? std::to_string(600 + start) : std::to_string(1 + i) + ",208," + std::to_string(200 + start);
    const std::string other = i % 2 == 0 ? "" : ", " + genres[(i / 4 + 1) % 4];
    products += std::to_string(i) + ";" + votes + ";" + std::to_string(9 + start) + (i % 4 == 0 ? "" : ",99") + ";" +
                genres[i / 4 % 4] + other + (i % 5 == 0 ? ", sport" : "") + "\n";
  }
  put("products.csv", products);
  const Config config = made();
  EXPECT_EQ(columns(source(config, "products")), "item=product_id genres=tags:list price=number votes=number")
      << report_.toml;
  const Dataset dataset = prepared(config);
  const auto value = [&](const char* field, const char* product) {
    const auto found = std::ranges::find(dataset.fields, std::string("products.") + field, &Field::full_name);
    return found == dataset.fields.end() ? -1 : found->numbers[*dataset.items.find(product)].item<double>();
  };
  EXPECT_EQ(value("votes", "1"), 2208201);
  EXPECT_EQ(value("votes", "3"), 603);
  EXPECT_NEAR(value("price", "1"), 10.99, 1e-4);
  EXPECT_EQ(value("price", "4"), 13);
}

TEST_F(Init, PartsByNameListsAndOtherEncodings) {
  put("train.txt", "0 10 11 12\n1 10 12\n2 11 10 13 14\n");
  put("test.txt", "0 13\n1 11\n2 12 15\n");
  const Config lists = made();
  EXPECT_EQ(lists.split.by, SplitBy::kFiles);
  EXPECT_EQ(source(lists, "train").part, Part::kTrain);
  EXPECT_EQ(source(lists, "test").part, Part::kTest);
  EXPECT_EQ(source(lists, "train").format, "lists");
  fs::remove_all(folder_ / "exports");
  std::string utf16 = "\xFF\xFE";
  for (const char c : std::string("user,item\nann,hat\nbob,cap\n")) {
    utf16 += std::string(1, c) + '\0';
  }
  put("events.csv", utf16);
  EXPECT_EQ(source(made(), "events").encoding, "utf-16");
}

TEST_F(Init, AFolderOfPictures) {
  for (const char* const name : {"1.jpg", "2.jpg", "3.jpg"}) {
    put(std::string("posters/") + name,
        read_text(fs::path(HAINA_SOURCE_DIR) / "tests" / "media" / "samples" / "red.jpg").value());
  }
  put("views.csv", "user,item\nann,1\nbob,2\n");
  const Config both = made();
  EXPECT_EQ(source(both, "posters").kind, SourceKind::kMedia);
  EXPECT_EQ(source(both, "posters").path, "exports/posters/{item}.jpg");
  const Dataset dataset = prepared(both);
  ASSERT_EQ(dataset.fields.size(), 2U);
  EXPECT_EQ(dataset.fields[0].type, FieldType::kMedia);
  EXPECT_EQ(dataset.fields[1].full_name(), "posters.picture");
  EXPECT_EQ(fs::path(dataset.fields[0].texts[static_cast<size_t>(*dataset.items.find("2"))]).filename(), "2.jpg");
  EXPECT_EQ(dataset.items.size(), 2) << "a picture alone makes no item";
  EXPECT_NE(dataset.quality.dump().find("file of an unknown id ignored"), std::string::npos);
  const Config alone = made("exports/posters");
  ASSERT_EQ(alone.sources.size(), 1U);
  EXPECT_NE(report_.toml.find("add a source of kind \"events\""), std::string::npos);
}

TEST_F(Init, AFolderOfSounds) {
  for (const char* const name : {"1.mp3", "2.mp3"}) {
    put(std::string("songs/") + name,
        read_text(fs::path(HAINA_SOURCE_DIR) / "tests" / "media" / "samples" / "a440.mp3").value());
  }
  put("plays.csv", "user,item\nann,1\nbob,2\n");
  const Config config = made();
  EXPECT_EQ(source(config, "songs").path, "exports/songs/{item}.mp3");
  const Dataset dataset = prepared(config);
  ASSERT_EQ(dataset.fields.size(), 2U);
  EXPECT_EQ(dataset.fields[1].full_name(), "songs.sound");
}

TEST_F(Init, MediaWithoutASlotGivesPlaceAndHint) {
  put("views.csv", "user,item\nann,1\nbob,2\n");
  ASSERT_TRUE(write_text(
      folder_ / "haina.toml",
      "[project]\nname = \"x\"\n[[source]]\nname = \"views\"\nkind = \"events\"\npath = \"exports/views.csv\"\n"
      "columns = { user = \"user\", item = \"item\" }\n[[source]]\nname = \"posters\"\nkind = \"media\"\npath = "
      "\"posters.jpg\"\n"));
  const auto config = load_config(folder_);
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_FALSE(dataset);
  EXPECT_NE(dataset.error().at.find("haina.toml:8"), std::string::npos) << dataset.error().at;
  EXPECT_NE(dataset.error().hint.find("{item}"), std::string::npos);
}

TEST_F(Init, FilesItCannotUseGiveAnErrorWithAHint) {
  put("notes.txt", "only words here\nand here\n");
  const auto nothing = run_init(folder_ / "exports", folder_ / "haina.toml", Overwrite::kYes);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kBadData);
  EXPECT_FALSE(nothing.error().hint.empty());
  const auto absent = run_init(folder_ / "absent", folder_ / "haina.toml", Overwrite::kYes);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace haina
