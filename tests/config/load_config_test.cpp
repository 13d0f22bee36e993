// Every error of haina.toml names the value's place and a hint.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "toml_fixture.h"

namespace haina {
namespace {

struct Mistake {
  std::string text;  // stands before the sources, so that its lines count from 1
  int line, column;
  std::string what, hint;  // parts of the error's text
};

class LoadConfig : public TomlTest {
 protected:
  void expect(const Mistake& mistake) {
    const auto config = load(mistake.text + "\n" + kSource);
    ASSERT_FALSE(config) << mistake.text;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument) << mistake.text;
    EXPECT_EQ(config.error().at, at(mistake.line, mistake.column)) << mistake.text;
    EXPECT_NE(config.error().what.find(mistake.what), std::string::npos) << config.error().what;
    EXPECT_NE(config.error().hint.find(mistake.hint), std::string::npos) << config.error().hint;
    EXPECT_FALSE(config.error().hint.empty());
  }
};

TEST_F(LoadConfig, AnUnknownValueOfAnEnumIsAnsweredWithTheNearest) {
  for (const Mistake& mistake : std::vector<Mistake>{
           {"[split]\nby = \"tme\"", 2, 6, "'by' in [split] cannot be 'tme'", "did you mean 'time'?"},
           {"[split]\nby = \"\"", 2, 6, "cannot be ''", "known: time, leave_last, random, new_users, files"},
           {"[split]\nby = \"files\"\nvalidation_by = \"last\"", 3, 17, "'validation_by' in [split]", "leave_last"},
           {"[train]\nnetwork = \"sequnce\"", 2, 11, "'network' in [train]", "did you mean 'sequence'?"},
           {"[train]\ndevice = \"cuba\"", 2, 10, "'device' in [train] cannot be 'cuba'", "did you mean 'cuda'?"},
           {"[train]\nmetric = \"ndgc@10\"", 2, 10, "unknown metric 'ndgc'", "did you mean 'ndcg'?"},
           {"[[align]]\nsource = \"a\"\nto = \"b\"\nby = \"titel\"", 4, 6, "'by' in [[align]]",
            "did you mean 'title'?"},
           {"[[align]]\nside = \"itm\"\nsource = \"a\"\nto = \"b\"\nby = \"key\"", 2, 8, "'side'", "'item'"},
           {"[[rule]]\nname = \"r\"\ndo = \"bost\"", 3, 6, "'do' in [[rule]] cannot be 'bost'",
            "did you mean 'boost'?"},
           {"[[source]]\nname = \"x\"\nkind = \"evnts\"\npath = \"x\"", 3, 8, "'kind'", "did you mean 'events'?"},
           {"[[source]]\nname = \"x\"\nkind = \"events\"\npath = \"x\"\npart = \"tset\"", 5, 8, "'part'", "'test'"},
           {"[[source]]\nname = \"x\"\nkind = \"events\"\npath = \"x\"\nheader = \"on\"", 5, 10, "'header'", "no"},
           {"[[source]]\nname = \"x\"\nkind = \"events\"\npath = \"x\"\nquote = \"nnoe\"", 5, 9, "'quote'", "'none'"},
           {"[[source]]\nname = \"x\"\nkind = \"events\"\npath = \"x\"\nencoding = \"utf8\"", 5, 12, "'encoding'",
            "did you mean 'utf-8'?"},
           {"[[source]]\nname = \"x\"\nkind = \"events\"\npath = \"x\"\ndecimal = \";\"", 5, 11, "'decimal'",
            "known"}}) {
    expect(mistake);
  }
}

TEST_F(LoadConfig, ValuesOfAnotherTypeOrOutOfRangeAreRefused) {
  for (const Mistake& mistake : std::vector<Mistake>{
           {"[train]\nseed = \"7\"", 2, 8, "'seed' in [train] is '7', not a whole number", "write a whole number"},
           {"[train]\nseed = 1.5", 2, 8, "is 1.5, not a whole number", "write a whole number"},
           {"[train]\nseed = -1", 2, 8, "cannot be -1", "0 or more"},
           {"[train]\nnum_candidates = -1", 2, 18, "'num_candidates' in [train] cannot be -1", "0 or more"},
           {"[train]\nthreads = 5000", 2, 11, "cannot be 5000", "from 0 to 4096"},
           {"[train]\nexclude = 3", 2, 11, "is 3, not a string or a list of strings", "write"},
           {"[train]\nexclude = [\"a\", 3]", 2, 17, "holds 3, not a string", "list of strings"},
           {"[train]\nexperts = 3", 2, 11, "is 3, not a table", "write"},
           {"[train]\nexperts = { ials = 3 }", 2, 20, "'ials' in 'experts' of [train] is 3, not a table", "write ials"},
           {"[train.experts.ials]\nfactors = \"many\"", 2, 11, "parameter 'factors'", "write a number"},
           {"[train.network_params]\nwidth = [1]", 2, 9, "parameter 'width'", "write a number"},
           {"[split]\ntest = 0.9", 2, 8, "cannot be 0.9", "above 0 and below 0.9"},
           {"[split]\nvalidation = 0", 2, 14, "cannot be 0", "above 0 and below 0.9"},
           {"[split]\ntest = nan", 2, 8, "cannot be nan", "above 0"},
           {"[clean]\ndrop_duplicates = 1", 2, 19, "is 1, not true or false", "write true or false"},
           {"[clean]\nearliest = 1970-01-02", 2, 12, "'earliest' in [clean]", "write a string"},
           {"[clean]\nimpute = { \"movies.year\" = 3 }", 2, 28, "'impute.movies.year' in [clean] is 3", "string"},
           {"[serve]\ndiversity = 1.5", 2, 13, "cannot be 1.5", "from 0 to 1"},
           {"[serve]\nhistory = 0", 2, 11, "cannot be 0", "1 or more"},
           {"[serve]\naction_values = { buy = \"much\" }", 2, 25, "'action_values.buy'", "buy = 1.0"},
           {"[serve]\naction_values = { buy = inf }", 2, 25, "not a number", "buy = 1.0"},
           {"[project]\nout = \"${HAINA_NOT_SET}/x\"", 2, 7, "'HAINA_NOT_SET'", "export HAINA_NOT_SET"},
           {"[project]\ngoal = \"rating >> 4\"", 2, 8, "cannot read the goal 'rating >> 4'", "rating >= 4"}}) {
    expect(mistake);
  }
}

TEST_F(LoadConfig, UnknownAndMissingKeysAreErrorsAtTheirPlace) {
  for (const Mistake& mistake : std::vector<Mistake>{
           {"[trian]\nseed = 7", 1, 2, "unknown key 'trian' in haina.toml", "did you mean 'train'?"},
           {"[train]\nsede = 7", 2, 1, "unknown key 'sede' in [train]", "did you mean 'seed'?"},
           {"[[source]]\nname = \"x\"\nkind = \"events\"\npath = \"x\"\ndelimeter = \",\"", 5, 1, "'delimeter'",
            "did you mean 'delimiter'?"},
           {"[[source]]\nkind = \"events\"\npath = \"x\"", 1, 1, "[[source]] has no 'name'", "write name = "},
           {"[[source]]\nname = \"\"\nkind = \"events\"\npath = \"x\"", 2, 8, "'name'", "write name = "},
           {"[[source]]\nname = \"x\"\npath = \"x\"", 1, 1, "[[source]] has no 'kind'", "write kind = \"events\""},
           {"[[align]]\nsource = \"a\"\nto = \"b\"", 1, 1, "[[align]] has no 'by'", "write by = \"key\""},
           {"[[rule]]\nname = \"r\"", 1, 1, "[[rule]] has no 'do'", "write do = \"filter\""},
           {"[source]\nname = \"x\"", 1, 1, "", "[[source]]"},
           {"[[train]]\nseed = 7", 1, 1, "[train] is a list, not a table", "write [train]"},
           {"rule = [3]", 1, 9, "[[rule]] is 3, not a table", "write [[rule]]"}}) {
    if (mistake.text.starts_with("[source]")) {  // the sources of expect() would contradict it
      const auto config = load(mistake.text);
      ASSERT_FALSE(config);
      EXPECT_EQ(config.error().at, at(1, 1));
      EXPECT_NE(config.error().hint.find(mistake.hint), std::string::npos);
    } else {
      expect(mistake);
    }
  }
}

TEST_F(LoadConfig, ContradictionsBetweenKeysAreErrors) {
  expect({"[split]\nvalidation_by = \"one\"", 2, 17, "validation_by needs by = \"files\"", "remove validation_by"});
  const auto twice = load(std::string(kSource) + kSource);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().at, at(7, 8));
  EXPECT_NE(twice.error().what.find("two sources are called 'events'"), std::string::npos);
  const auto none = load("[project]\nname = \"x\"\n");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().hint.find("haina init"), std::string::npos);
}

TEST_F(LoadConfig, TextThatIsNotTomlNamesTheLine) {
  for (const char* const text : {"[train\nseed = 7", "[train]\nseed = ", "[[a={", "\xff", "[a]\n[a]\n"}) {
    const auto config = load(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(config.error().at.find("haina.toml"), std::string::npos);
    EXPECT_FALSE(config.error().hint.empty());
  }
  const auto missing = load_config(folder_ / "absent.toml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().hint.find("haina init"), std::string::npos);
}

TEST_F(LoadConfig, ColumnsHaveRolesOrTypes) {
  const auto config = load(
      "[[source]]\nname = \"e\"\nkind = \"events\"\npath = \"e.csv\"\ncolumns = { user = \"uid\", item = \"sku\", time "
      "= "
      "\"at:ms\", genres = \"tags:|\", context = [\"device\", \"os\"], \"a:b\" = \"number\" }\n");
  ASSERT_TRUE(config) << to_text(config.error());
  std::vector<std::string> texts;
  for (const ColumnConfig& column : config->sources[0].columns) {
    texts.push_back(column.role + "/" + column.column + "/" + column.type + "/" + column.separator);
  }
  EXPECT_EQ(texts, (std::vector<std::string>{"/a:b/number/", "/device/context/", "/os/context/", "/genres/tags/|",
                                             "item/sku//", "time/at/ms/", "user/uid//"}));
  EXPECT_EQ(config->sources[0].action, "e");
  const std::string head = "[[source]]\nname = \"x\"\nkind = \"items\"\npath = \"x\"\n";
  for (const Mistake& mistake : std::vector<Mistake>{
           {head + "columns = { item = 3 }", 5, 20, "column 'item' in [[source]] cannot be 3", "ROLE = "},
           {head + "columns = { title = \"txt\" }", 5, 21, "unknown type 'txt'", "did you mean 'text'?"},
           {head + "columns = { context = [3] }", 5, 24, "a context column is 3", "context = "},
           {head + "columns = 3", 5, 11, "is 3, not a table of columns", "write"},
           {head + "ids = { itm = \"m.json\" }", 5, 9, "unknown key 'itm' in 'ids' of [[source]]", "'item'"},
           {head + "ids = { item = 3 }", 5, 16, "'ids.item' in [[source]] is 3", "string"}}) {
    expect(mistake);
  }
}

TEST_F(LoadConfig, NetworksReadWhatTheyCan) {
  const std::string media = "[[source]]\nname = \"p\"\nkind = \"media\"\npath = \"p/{item}.png\"\n";
  const std::string items =
      "[[source]]\nname = \"a\"\nkind = \"items\"\npath = \"a.csv\"\n"
      "columns = { item = \"id\", body = \"text\" }\n";
  for (const char* const encode :
       {"{ picture = \"cnn\", sound = \"cnn\" }", "{ picture = \"./cnn\", sound = \"cnn\" }"}) {
    const auto config = load(kSource + media + "encode = " + encode);
    ASSERT_TRUE(config) << to_text(config.error());
  }
  EXPECT_TRUE(load(kSource + items + "encode = { body = \"./cnn\" }"));
  for (const Mistake& mistake : std::vector<Mistake>{
           {media + "encode = { sound = \"encoders/x\" }", 5, 20, "no pretrained network reads sounds", "\"cnn\""},
           {media + "encode = { motion = \"cnn\" }", 5, 21, "'motion' of media cannot be encoded", "picture"},
           {items + "encode = { body = \"cnn\" }", 6, 19, "reads no texts", "./cnn"}}) {
    expect(mistake);
  }
}

TEST_F(LoadConfig, DottedNamesNeedNoQuotes) {
  const auto config =
      load(std::string(kSource) +
           "[clean]\nimpute = { movies.year = \"median\" }\n[train.experts.content]\nshrink = "
           "2\n[train.experts.content.movies.genres]\nshrink = 3\n[train.experts.ease]\n"
           "[train.encoders]\nmovies.title = { encoder = \"text\", words = 500 }\n\"movies.plot\" = { }\n"
           "text = { words = 100, stem = true }\n");
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(config->clean.impute.at("movies.year"), "median");
  using Json = nlohmann::json;
  EXPECT_EQ(config->train.experts,
            (std::map<std::string, Json>{
                {"content", {{"shrink", 2}}}, {"content.movies.genres", {{"shrink", 3}}}, {"ease", Json::object()}}));
  EXPECT_EQ(config->train.encoders,
            (std::map<std::string, Json>{{"movies.title", {{"encoder", "text"}, {"words", 500}}},
                                         {"movies.plot", Json::object()},
                                         {"text", {{"words", 100}, {"stem", true}}}}));
  EXPECT_EQ(place_of(config->train, "encoders.movies.title.words"), at(14, 44));
  EXPECT_EQ(place_of(config->train, "encoders.text.absent"), at(16, 8));
  expect({"[train.encoders]\ntext = { encoder = 3 }", 2, 20, "parameter 'encoder'", "write a name in quotes"});
  expect({"[train.encoders]\ntext = { words = \"many\" }", 2, 18, "parameter 'words'", "write a number"});
  expect({"[train.encoders]\ntext = \"bag\"", 2, 8, "'text' in 'encoders' of [train]", "write text = {"});
}

TEST_F(LoadConfig, PlacesOfKeysFallBackToTheSection) {
  const auto config = load(std::string(kSource) + "[train]\nmetric = \"mrr@5\"\nnetwork_params = { width = 8 }\n");
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(place_of(config->train, "metric"), at(7, 10));
  EXPECT_EQ(place_of(config->train, "network_params.width"), at(8, 28));
  EXPECT_EQ(place_of(config->train, "network_params.depth"), at(8, 18));
  EXPECT_EQ(place_of(config->train, "device"), at(6, 1));
  EXPECT_EQ(place_of(config->serve, "history"), (folder_ / "haina.toml").string());
  EXPECT_EQ(place_of(*config, "goal"), (folder_ / "haina.toml").string());
}

TEST_F(LoadConfig, RenamedKeysAreAcceptedWithAWarning) {
  struct Renamed {
    std::string section, old_line, new_line, old_name, new_name;
  };
  for (const Renamed& key :
       {Renamed{"[train]", "among = 99", "num_candidates = 99", "among", "num_candidates"},
        Renamed{"[train]", "without = [\"tags\"]", "exclude = [\"tags\"]", "without", "exclude"},
        Renamed{"[serve]", "worth = { buy = 5 }", "action_values = { buy = 5 }", "worth", "action_values"},
        Renamed{"[[rule]]\nname = \"r\"\ndo = \"filter\"", "fresh = true", "added_since_training = true", "fresh",
                "added_since_training"}}) {
    const std::string head = std::string(kSource) + key.section + "\n";
    const auto line = static_cast<int>(std::ranges::count(head, '\n')) + 1;
    const auto by_old = load(head + key.old_line + "\n");
    ASSERT_TRUE(by_old) << to_text(by_old.error());
    ASSERT_EQ(warnings_.size(), 1U);
    EXPECT_TRUE(warnings_[0].starts_with(at(line, 1))) << warnings_[0];
    EXPECT_NE(warnings_[0].find("now called '" + key.new_name + "'"), std::string::npos) << warnings_[0];
    EXPECT_NE(warnings_[0].find("hint: "), std::string::npos);
    const auto by_new = load(head + key.new_line + "\n");
    ASSERT_TRUE(by_new) << to_text(by_new.error());
    EXPECT_TRUE(warnings_.empty());
    for (const Config* const config : {&*by_old, &*by_new}) {
      EXPECT_EQ(config->train.num_candidates, key.new_name == "num_candidates" ? 99 : 0);
      EXPECT_EQ(config->train.exclude.size(), key.new_name == "exclude" ? 1U : 0U);
      EXPECT_EQ(config->serve.action_values.size(), key.new_name == "action_values" ? 1U : 0U);
      EXPECT_EQ(config->serve.rules.size(), key.new_name == "added_since_training" ? 1U : 0U);
    }
    const auto both = load(head + key.new_line + "\n" + key.old_line + "\n");
    ASSERT_FALSE(both);
    EXPECT_EQ(both.error().at, at(line + 1, 1));
    EXPECT_NE(both.error().hint.find("remove '" + key.old_name + "'"), std::string::npos);
  }
}

TEST_F(LoadConfig, TheEnvironmentFillsTheOutputFolder) {
  ASSERT_EQ(::setenv("HAINA_CONFIG_TEST", "/tmp/x", 1), 0);
  const auto config = load("[project]\nout = \"${HAINA_CONFIG_TEST}/y\"\n" + std::string(kSource));
  ::unsetenv("HAINA_CONFIG_TEST");
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(config->models_folder(), "/tmp/x/y/models");
  const auto without = load(kSource);
  ASSERT_TRUE(without);
  EXPECT_EQ(without->models_folder(), folder_ / "models");
}

TEST_F(LoadConfig, TheOutputFolderIsTheSameHoweverItIsWritten) {
  const auto out_of = [&](const std::string& out) {
    const auto config = load("[project]\nout = \"" + out + "\"\n" + std::string(kSource));
    EXPECT_TRUE(config) << out << ": " << (config ? "" : to_text(config.error()));
    return config ? config->out : std::filesystem::path("none");
  };
  for (const char* const out : {"y", "./y", "y/", "./x/../y", "x//..//y/.", "y/../y/"}) {
    EXPECT_EQ(out_of(out), "y") << out;
  }
  for (const char* const out : {"", ".", "./", "x/.."}) {
    EXPECT_EQ(out_of(out), "") << out;
  }
  EXPECT_EQ(out_of("../y/"), "../y") << "it moves with the project";
  EXPECT_EQ(out_of("/tmp/haina-x/../haina-y/"), "/tmp/haina-y");
  // A link is followed first, as the file system does: "linked/.." is not this folder.
  std::filesystem::create_directories(folder_ / "far" / "away");
  std::filesystem::create_directory_symlink(folder_ / "far" / "away", folder_ / "linked");
  EXPECT_EQ(out_of("linked/../y"), "far/y");
}

// Ids alone would be a source that says nothing, without a word.
TEST_F(LoadConfig, VectorsThatNameNoColumnAreInTheColumnVector) {
  const std::string vectors = "[[source]]\nname = \"image\"\nkind = \"vectors\"\npath = \"image.npy\"\n";
  const auto config = load(kSource + vectors + "columns = { item = \"#row\" }\n");
  ASSERT_TRUE(config) << to_text(config.error());
  ASSERT_EQ(config->sources[1].columns.size(), 2U);
  EXPECT_EQ(config->sources[1].columns[1].column, "vector");
  EXPECT_EQ(config->sources[1].columns[1].type, "vector");
  const auto named = load(kSource + vectors + "columns = { item = \"id\", embedding = \"vector:;\" }\n");
  ASSERT_TRUE(named) << to_text(named.error());
  EXPECT_EQ(named->sources[1].columns.size(), 2U);
}

}  // namespace
}  // namespace haina
