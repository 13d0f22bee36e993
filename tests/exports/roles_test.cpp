// Exports by meaning: what each file and column is, goals, actions.
#include "exports/roles_case.h"

namespace haina {
namespace {

TEST_F(RolesExports, LabelsKeepTheirSigns) {
  RUN_HANDED("exports/24-labels");
  ASSERT_TRUE(data_) << shown();
  const Field* const labels = field("labels");
  ASSERT_NE(labels, nullptr) << shown();
  EXPECT_TRUE(labels->values.find("A/B"));
}

TEST_F(RolesExports, ALineBreakInAHeaderIsHarmless) {
  RUN_HANDED("exports/14-header-newline");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  EXPECT_EQ(goals(), 459) << shown();
}

TEST_F(RolesExports, AHeaderIsNoConfiguration) {
  RUN_HANDED("exports/38-header-as-config");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  const auto config = load_config(out_);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->train.network, NetworkChoice::kAuto);
  for (const std::string& doubt : init_.doubts) {
    EXPECT_EQ(doubt.find('\n'), std::string::npos) << doubt;
  }
}

TEST_F(RolesExports, HeadersOfAnyCharactersGiveAFileThatLoads) {
  put("items.csv", rows("\"item_id\",\"a\"\"b\\\",\"[[source]]\r\nname = \"\"x\"\"\",\"=,]#\",\"ti\ttle\"", 30,
                        [](int64_t r, int64_t, int64_t) {
                          return s(r) + ",x" + s(r % 3) + ",y" + s(r % 2) + "," + s(r) + ",A fine thing " + s(r);
                        }));
  put("events.csv", rows("user_id,item_id,\"rat\"\"ing]] <= 5\n#\"", 200,
                         [](int64_t r, int64_t u, int64_t i) { return s(u) + "," + s(i) + "," + s(1 + r % 5); }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 20) << shown();
  EXPECT_EQ(items(), 30) << shown();
  EXPECT_GT(goals(), 50) << shown();
}

TEST_F(RolesExports, AFieldMayHaveTheNameOfAKey) {
  put("items.csv", rows("item_id,where,format,split", 30, [](int64_t r, int64_t, int64_t) {
        return s(r) + ",town" + s(r % 3) + ",f" + s(r % 2) + ",s" + s(r % 4);
      }));
  put("events.csv", rows("user_id,item_id,time", 200, [](int64_t r, int64_t u, int64_t i) {
        return s(u) + "," + s(i) + "," + s(1'600'000'000 + r);
      }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  for (const char* const name : {"where", "format", "split"}) {
    ASSERT_NE(field(name), nullptr) << name << shown();
    EXPECT_EQ(field(name)->type, FieldType::kCategory) << name;
  }
}

TEST_F(RolesExports, ThumbsDownAreNotWanted) {
  RUN_HANDED("exports/16a-thumbs");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  EXPECT_EQ(goals(), 740);
  EXPECT_TRUE(doubt_mentions("rating > 0")) << shown();
}

TEST_F(RolesExports, RepeatsAreDroppedAndChangedRatingsStay) {
  RUN_HANDED("exports/25-duplicates");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 1000));
}

TEST_F(RolesExports, AUserWhoTookEverything) {
  RUN_HANDED("exports/26-took-all");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 955);
  EXPECT_EQ(items(), 50);
}

TEST_F(RolesExports, WatchedAndNotRatedIsNoValue) {
  RUN_HANDED("exports/31a-anime");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  EXPECT_EQ(data_->events.value.isnan().sum().item<int64_t>(), 180) << shown();
  EXPECT_EQ(goals(), 627);
  EXPECT_TRUE(doubt_mentions("-1 is taken for \"no value\"")) << shown();
  ASSERT_NE(field("name"), nullptr) << shown();
  EXPECT_EQ(field("name")->side, Side::kItem);
}

TEST_F(RolesExports, ABusinessIsAnItem) {
  RUN_HANDED("exports/31b-business");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  EXPECT_EQ(goals(), 459);
  ASSERT_NE(field("city"), nullptr) << shown();
  EXPECT_EQ(field("city")->side, Side::kItem);
}

TEST_F(RolesExports, ATimeByAnyName) {
  RUN_HANDED("exports/31e-orders");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  EXPECT_NE(init_.toml.find("time = \"t_dat:"), std::string::npos) << shown();
  EXPECT_TRUE(data_->users.find("c0028"));
  EXPECT_TRUE(data_->items.find("0000000033"));
}

TEST_F(RolesExports, AClientAndAProductCode) {
  RUN_HANDED("exports/31f-visits");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  EXPECT_TRUE(data_->users.find("c0028"));
  EXPECT_TRUE(data_->items.find("P0033"));
  EXPECT_EQ(goals(), 900) << "one piece is bought as surely as five";
  EXPECT_TRUE(doubt_mentions("'qty' is an amount")) << shown();
}

TEST_F(RolesExports, TheUserNotTheSession) {
  RUN_HANDED("exports/40-shop-log");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  EXPECT_TRUE(data_->users.find("500028"));
  EXPECT_EQ(actions(), (std::vector<std::string>{"view", "cart", "purchase"}));
  ASSERT_NE(field("brand"), nullptr) << shown();
  EXPECT_EQ(field("brand")->side, Side::kItem);
  ASSERT_NE(field("price"), nullptr) << shown();
  EXPECT_EQ(field("price")->type, FieldType::kNumber);
}

TEST_F(RolesExports, TheIdAndTheFinerTime) {
  RUN_HANDED("exports/41-dates-first");
  ASSERT_NO_FATAL_FAILURE(expect_counts(40, 50, 900));
  EXPECT_TRUE(data_->users.find("u28"));
  EXPECT_TRUE(data_->items.find("i33"));
  EXPECT_NE(init_.toml.find("time = \"timestamp:s\""), std::string::npos) << shown();
}

TEST_F(RolesExports, GamesByTitleWithoutAHeader) {
  put("steam-200k.csv", rows("", 400, [](int64_t r, int64_t u, int64_t i) {
        return s(151603000 + u) + ",\"The Elder Game " + s(i) + "\"," +
               (r % 3 == 0 ? "purchase,1.0" : "play," + s(r % 40) + ".5") + ",0";
      }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 20) << shown();
  EXPECT_EQ(items(), 30);
  EXPECT_TRUE(data_->users.find("151603000"));
  EXPECT_TRUE(data_->actions.find("purchase"));
  EXPECT_NE(init_.toml.find("value = \"#4\""), std::string::npos) << shown();
}

TEST_F(RolesExports, OtherLanguages) {
  const char* const headers[] = {"kunde_nr,artikel_nr,bewertung,datum",
                                 "utilisateur,produit,note,date_achat",
                                 "id_cliente,id_producto,puntuacion,fecha",
                                 "пользователь,товар,оценка,дата",
                                 "会員ID,商品コード,評価,日時",
                                 "고객ID,상품코드,평점,날짜"};
  for (const char* const header : headers) {
    put("data.csv", rows(header, 300, [](int64_t r, int64_t u, int64_t i) {
          return "k" + s(u) + ",p" + s(i) + "," + s(1 + r % 5) + ",2023-11-" + s(10 + r % 20) +
                 " 10:00:" + s(10 + r % 50);
        }));
    run(made_folder());
    ASSERT_TRUE(data_) << header << shown();
    EXPECT_EQ(users(), 20) << header << shown();
    EXPECT_EQ(items(), 30) << header;
    EXPECT_NE(init_.toml.find(" >= 4"), std::string::npos) << header << shown();
    EXPECT_NE(init_.toml.find("by = \"time\""), std::string::npos) << header << shown();
  }
}

TEST_F(RolesExports, ItemBeforeUserAndAKeyOfRows) {
  put("log.csv", rows("id,when,sku,who_bought,customer_no", 300, [](int64_t r, int64_t u, int64_t i) {
        return s(r) + "," + s(1700000000 + r * 100) + ",A" + s(i) + ",Person " + s(u % 7) + "," + s(9000 + u);
      }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->users.find("9003")) << shown();
  EXPECT_TRUE(data_->items.find("A7")) << shown();
  EXPECT_EQ(users(), 20);
}

TEST_F(RolesExports, FavouritesAreEventsAndFollowsAreTies) {
  put("favourites.csv",
      rows("user_id,post_id", 200, [](int64_t, int64_t u, int64_t i) { return "u" + s(u) + ",p" + s(i); }));
  put("follows.csv", rows("follower_id,followee_id", 80,
                          [](int64_t r, int64_t u, int64_t) { return "u" + s(u) + ",u" + s((u + 1 + r % 5) % 20); }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 20) << shown();
  EXPECT_EQ(items(), 30);
  EXPECT_EQ(actions(), (std::vector<std::string>{"favourites"}));
  EXPECT_NE(init_.toml.find("kind = \"social\""), std::string::npos) << shown();
}

TEST_F(RolesExports, PairsOfUsersAreTies) {
  put("events.csv", rows("user_id,item_id,timestamp", 300, [](int64_t r, int64_t u, int64_t i) {
        return "u" + s(u) + ",p" + s(i) + "," + s(1700000000 + r);
      }));
  put("pairs.csv", rows("source,target", 80,
                        [](int64_t r, int64_t u, int64_t) { return "u" + s(u) + ",u" + s((u + 1 + r % 5) % 20); }));
  run(made_folder());
  ASSERT_NO_FATAL_FAILURE(expect_counts(20, 30, 300));
  EXPECT_NE(init_.toml.find("kind = \"social\""), std::string::npos) << shown();
}

TEST_F(RolesExports, TwoLogsWithoutActionsAreTwoActions) {
  const auto row = [](int64_t, int64_t u, int64_t i) { return "u" + s(u) + ",p" + s(i) + ",1"; };
  put("carts.csv", rows("user_id,item_id,event", 200, row));
  put("purchases.csv", rows("user_id,item_id,event", 100, row));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(actions(), (std::vector<std::string>{"carts", "purchases"}));
}

TEST_F(RolesExports, PartsOfSeveralActionsKeepThem) {
  const auto row = [](int64_t r, int64_t u, int64_t i) { return s(u) + "\t" + s(i) + "\t" + s(1433220000 + 100 * r); };
  put("train_mat_buy.tsv", rows("", 100, row));
  put("train_mat_view.tsv", rows("", 300, row));
  put("test_mat.tsv",
      rows("", 20, [](int64_t, int64_t u, int64_t i) { return s(u) + "\t" + s((i + 3) % 30) + "\t1"; }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->actions.find("buy")) << shown();
  EXPECT_TRUE(data_->actions.find("view")) << shown();
  EXPECT_TRUE(doubt_mentions("rows are taken for 'buy'")) << shown();
}

TEST_F(RolesExports, PartsBesideTheLogDoNotCountTwice) {
  const std::string all = rows("user_id,item_id,rating,timestamp", 300, [](int64_t r, int64_t u, int64_t i) {
    return s(u) + "," + s(i) + "," + s(1 + r % 5) + "," + s(1700000000 + r * 60);
  });
  const size_t cut = all.find('\n', all.size() * 4 / 5) + 1;
  put("ratings.csv", all);
  put("train.csv", all.substr(0, cut));
  put("test.csv", all.substr(0, all.find('\n') + 1) + all.substr(cut));
  run(made_folder());
  ASSERT_NO_FATAL_FAILURE(expect_counts(20, 30, 300));
  EXPECT_TRUE(doubt_mentions("its rows stand in ratings.csv too")) << shown();
}

TEST_F(RolesExports, AMapOfIdsIsNoTableOfItems) {
  put("events.csv", rows("user,item,timestamp", 300,
                         [](int64_t r, int64_t u, int64_t i) { return s(u) + "," + s(i) + "," + s(1700000000 + r); }));
  put("item_list.csv",
      rows("item_id,remap_id", 30, [](int64_t r, int64_t, int64_t) { return s(900000 + 17 * r) + "," + s(r); }));
  run(made_folder());
  ASSERT_NO_FATAL_FAILURE(expect_counts(20, 30, 300));
}

TEST_F(RolesExports, ScalesOfRatings) {
  struct Case {
    std::vector<std::string> values;
    std::string goal;
  };
  const Case cases[] = {{{"0.5", "1", "1.5", "2.5", "3", "3.5", "4"}, "[\"rating >= 3\"]"},
                        {{"0.5", "2", "3.5", "4.5", "5"}, "[\"rating >= 4\"]"},
                        {{"1", "4", "6", "8", "10"}, "[\"rating >= 7\"]"},
                        {{"-10", "-3.5", "0.5", "2", "9.5", "10"}, "[\"rating > 0\"]"},
                        {{"0", "1"}, "[\"rating > 0\"]"},
                        {{"-1", "0", "1"}, "[\"rating > 0\"]"},
                        {{"10", "35", "60", "85", "100"}, "[\"rating >= 70\"]"}};
  for (const Case& one : cases) {
    put("ratings.csv", rows("user_id,item_id,rating", 300, [&](int64_t r, int64_t u, int64_t i) {
          return s(u) + "," + s(i) + "," + one.values[static_cast<size_t>(r) % one.values.size()];
        }));
    run(made_folder());
    ASSERT_TRUE(data_) << shown();
    EXPECT_EQ(goal_of(init_.toml), one.goal) << shown();
    EXPECT_TRUE(doubt_mentions("goal")) << shown();
  }
}

TEST_F(RolesExports, ItemsAloneAreANewShop) {
  put("items.csv", rows("item_id,title,category", 30, [](int64_t r, int64_t, int64_t) {
        return "b" + s(r) + ",A book about ships " + s(r) + ",sea";
      }));
  const auto init = run_init(made_folder(), out_ / "haina.toml", Overwrite::kYes);
  ASSERT_TRUE(init) << to_text(init.error());
  EXPECT_FALSE(init->problem);
  EXPECT_NE(init->toml.find("no events yet"), std::string::npos);
  // A file that was not understood may have held them.
  put("mystery.csv", "a;b\n");
  const auto other = run_init(made_folder(), out_ / "haina.toml", Overwrite::kYes);
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->problem);
}

TEST_F(RolesExports, AnswersToDoubtsAreApplied) {
  put("log.csv", rows("", 300, [](int64_t r, int64_t u, int64_t i) {
        return s(500 + i) + "," + s(70 + u) + "," + s(1700000000 + r);
      }));
  const auto first = run_init(made_folder(), out_ / "haina.toml", Overwrite::kYes);
  ASSERT_TRUE(first);
  const auto asked = std::ranges::find(first->details, "log.csv:user", &Doubt::key);
  ASSERT_NE(asked, first->details.end()) << first->toml;
  EXPECT_EQ(asked->rows.size(), 3U);
  ASSERT_EQ(asked->choices.size(), 2U);
  const auto second =
      run_init(made_folder(), out_ / "haina.toml", Overwrite::kYes, {{asked->key, asked->choices[1].answer}});
  ASSERT_TRUE(second);
  EXPECT_NE(second->toml.find("user = \"#2\""), std::string::npos) << second->toml;
}

}  // namespace
}  // namespace haina
