// Exports whose columns have no names, or none that says anything, and kinds that random exports have found.
#include "exports/roles_case.h"

namespace haina {
namespace {

class UnnamedExports : public RolesExports {
 protected:
  static std::string code(const std::string& prefix, int64_t number) { return prefix + s(1000 + number); }
  // Items by their codes: a title of two words, one of three categories, a price with a point.
  static std::string items_of(const std::string& delimiter) {
    std::string text;
    for (int64_t i = 0; i < 30; ++i) {
      text += code("P", i) + delimiter + "Red lamp " + s(i) + delimiter + "Kind" + s(i % 3) + delimiter + s(i) + ".5\n";
    }
    return text;
  }
};

TEST_F(UnnamedExports, TheKeyOfACatalogIsNeitherItsPriceNorALog) {
  put("catalog.dat", items_of("::"));
  put("export.dat", rows("", 300, [](int64_t r, int64_t u, int64_t i) {
        return "u" + s(u) + "::" + code("P", i) + "::" + s(1'600'000'000 + 60 * r);
      }));
  run(made_folder());
  ASSERT_NO_FATAL_FAILURE(expect_counts(20, 30, 300));
  EXPECT_EQ(data_->titles[static_cast<size_t>(*data_->items.find("P1003"))], "Red lamp 3") << shown();
  EXPECT_TRUE(doubt_mentions("column '#1' is assumed to be the item")) << shown();
  EXPECT_TRUE(doubt_mentions("'#1' is assumed to be the user, column '#2' the item")) << shown();
}

TEST_F(UnnamedExports, PeopleWithTwoWordsAreNotTheItemsWhereATableNamesThem) {
  std::string people;
  for (int64_t u = 0; u < 20; ++u) {
    people += "mary " + s(u) + "," + s(20 + u) + ",Town" + s(u % 3) + "\n";
  }
  put("profiles.csv", people);
  put("events.csv", rows("", 300, [](int64_t r, int64_t u, int64_t i) {
        return "mary " + s(u) + "," + code("P", i) + "," + s(1'600'000'000 + 60 * r);
      }));
  run(made_folder());
  ASSERT_NO_FATAL_FAILURE(expect_counts(20, 30, 300));
  EXPECT_TRUE(data_->users.find("mary 7")) << shown();
}

TEST_F(UnnamedExports, WithoutAKeyALogWithUniqueTimesIsNoTable) {
  put("export.tsv", rows("", 300, [](int64_t r, int64_t u, int64_t i) {
        return s(u) + "\t" + s(i) + "\t" + (r % 3 == 0 ? "N/A" : "4") + "\t2023-01-" + (r / 20 < 9 ? "0" : "") +
               s(1 + r / 20) + " 10:00:" + (r % 20 < 10 ? "0" : "") + s(r % 20);
      }));
  run(made_folder());
  ASSERT_NO_FATAL_FAILURE(expect_counts(20, 30, 300));
}

TEST_F(UnnamedExports, AFewSentinelsAreAmongTimes) {
  put("export.csv", rows("", 300, [](int64_t r, int64_t u, int64_t i) {
        return s(u) + "," + s(100 + i) + "," + (r == 7 || r == 90 ? "0" : s(1'600'000'000 + 60 * r));
      }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_NE(init_.toml.find("time = \"#3:s\""), std::string::npos) << shown();
}

TEST_F(UnnamedExports, LargeIdsAreNoTimes) {
  put("export.csv", rows("", 300, [](int64_t r, int64_t u, int64_t i) {
        return s(900'719'925'474'099'300 + u) + "," + s(100 + i) + "," + s(1 + r % 5);
      }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->users.find("900719925474099301")) << shown();
  EXPECT_TRUE(data_->items.find("101")) << shown();
}

// Of "c4,x2,col_1" a table with the same "x2" tells that it is the item; who acts is then the other one.
TEST_F(UnnamedExports, NamesThatSayNothingAreMatchedAcrossFiles) {
  std::string items = "x2,field6,x9\n";
  for (int64_t i = 0; i < 30; ++i) {
    items += s(i) + ",Red lamp " + s(i) + "," + s(i) + ".5\n";
  }
  put("goods_table.csv", items);
  put("export.csv", rows("x3,x2,col_1,c4", 300, [](int64_t r, int64_t u, int64_t i) {
        return s(1 + r % 5) + "," + s(i) + "," + s(u) + "," + s(1'600'000'000 + 60 * r);
      }));
  run(made_folder());
  ASSERT_NO_FATAL_FAILURE(expect_counts(20, 30, 300));
  EXPECT_EQ(data_->titles[static_cast<size_t>(*data_->items.find("29"))], "Red lamp 29") << shown();
  EXPECT_NE(field("x9"), nullptr) << shown();
  EXPECT_TRUE(doubt_mentions("'x2' (number 1) is assumed to be the item")) << shown();
  EXPECT_TRUE(doubt_mentions("'col_1' (number 3) is assumed to be the user")) << shown();
}

TEST_F(UnnamedExports, AFileThatIsLeftOutNamesItsColumns) {
  put("events.csv", rows("user_id,item_id", 200, [](int64_t, int64_t u, int64_t i) { return s(u) + "," + s(i); }));
  put("other.csv", rows("q1,q2", 200, [](int64_t r, int64_t, int64_t) { return s(r % 3) + "," + s(r % 2); }));
  run(made_folder());
  EXPECT_TRUE(doubt_mentions("of 'q1', 'q2'")) << shown();
}

TEST_F(UnnamedExports, CodesOfAnotherPrefixAreAHeader) {
  std::string items = "c2,field6,col_8\n";
  for (int64_t i = 0; i < 30; ++i) {
    items += code("P", i) + ",Red lamp " + s(i) + (i % 2 == 0 ? ",gift|sale\n" : ",new\n");
  }
  put("catalog.csv", items);
  put("events.csv",
      rows("user_id,item_id", 200, [](int64_t, int64_t u, int64_t i) { return s(u) + "," + code("P", i); }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_FALSE(data_->items.find("c2")) << shown();
}

TEST_F(UnnamedExports, ARowWithAMissingCellIsNoHeader) {
  std::string items = "a7::Red lamp 0::NULL\n";
  for (int64_t i = 1; i < 30; ++i) {
    items += std::string(1, static_cast<char>('a' + i % 5)) + s(i + 7) + "::Red lamp " + s(i) + "::" + s(i) + ".5\n";
  }
  put("products.dat", items);
  put("events.csv", rows("user_id,item_id", 200, [](int64_t, int64_t u, int64_t i) {
        return s(u) + "," + std::string(1, static_cast<char>('a' + i % 5)) + s(i + 7);
      }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(data_->titles[static_cast<size_t>(*data_->items.find("a7"))], "Red lamp 0") << shown();
}

TEST_F(UnnamedExports, TwoColonsSeparateCellsThatHoldCommas) {
  std::string items;
  for (int64_t i = 0; i < 30; ++i) {
    items += code("P", i) + "::Red lamp " + s(i) + "::" + s(i) + ",50::[0.5, 0.25, 0.125, " + s(i) + ".5]\n";
  }
  put("products.dat", items);
  put("events.csv",
      rows("user_id,item_id", 200, [](int64_t, int64_t u, int64_t i) { return s(u) + "," + code("P", i); }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(data_->titles[static_cast<size_t>(*data_->items.find("P1003"))], "Red lamp 3") << shown();
  ASSERT_NE(field("#4"), nullptr) << shown();
  EXPECT_EQ(field("#4")->type, FieldType::kVector) << shown();
}

TEST_F(UnnamedExports, AHeaderMayHoldTheOnlyLetterBeyondAscii) {
  put("events.csv", rows("Ger\xE4t,Kundennummer,Produkt_ID", 200, [](int64_t r, int64_t u, int64_t i) {
        return std::string(r % 2 == 0 ? "web," : "ios,") + code("U", u) + "," + s(100 + i);
      }));
  run(made_folder());
  ASSERT_NO_FATAL_FAILURE(expect_counts(20, 30, events()));
  EXPECT_TRUE(doubt_mentions("'Gerät'")) << shown();
}

TEST_F(UnnamedExports, AnOrdersStatusIsAskedFor) {
  put("orders.csv", rows("customer_id,product_id,event_type,order_status", 200, [](int64_t r, int64_t u, int64_t i) {
        return s(u) + "," + s(i) + "," + (r % 2 == 0 ? "view," : "purchase,") +
               (r % 9 == 0 ? "cancelled" : "completed");
      }));
  run(made_folder());
  EXPECT_TRUE(doubt_mentions("column 'order_status' holds 'cancelled' (23)")) << shown();
  EXPECT_TRUE(doubt_mentions("where = { order_status = \"completed\" }")) << shown();
}

TEST_F(UnnamedExports, CountsOfALongFileAreOfTheRowsLookedAt) {
  put("events.csv", rows("user_id,item_id,rating", 3000,
                         [](int64_t r, int64_t u, int64_t i) { return s(u) + "," + s(i) + "," + s(1 + r % 5); }));
  run(made_folder());
  EXPECT_TRUE(doubt_mentions("of the 2,000 rows looked at")) << shown();
}

TEST_F(UnnamedExports, ANumberWithoutARoleIsProposedAsTheValue) {
  put("events.csv", rows("user_id,item_id,zorp", 300, [](int64_t r, int64_t u, int64_t i) {
        return s(u) + "," + s(i) + "," + s(1 + r * 37 % 100);
      }));
  run(made_folder());
  EXPECT_TRUE(doubt_mentions("if 'zorp' says how much or how well, write value = \"zorp\"")) << shown();
}

TEST_F(UnnamedExports, ANameThatIsNotUtf8IsSaid) {
  put("events.csv", rows("user_id,item_id", 200, [](int64_t, int64_t u, int64_t i) { return s(u) + "," + s(i); }));
  put("caf\xE9.csv", rows("user_id,item_id", 200, [](int64_t, int64_t u, int64_t i) { return s(u) + "," + s(i); }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(doubt_mentions("its name or its folder's is not UTF-8")) << shown();
}

// What users clicked before is no longer among the items shown; its form tells what it is.
TEST_F(UnnamedExports, TheHistoryOfAnImpressionLogIsNotDropped) {
  put("behaviors.tsv", rows("", 200, [](int64_t r, int64_t u, int64_t i) {
        return s(r) + "\tU" + s(u) + "\t11/" + s(10 + r / 20) + "/2019 9:" + s(10 + r % 40) + ":00 AM\tN" +
               s(5000 + r % 70) + " N" + s(5100 + i) + "\tN" + s(100 + i) + "-1 N" + s(200 + i) + "-0";
      }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->items.find("N5003")) << shown();
  EXPECT_TRUE(doubt_mentions("column '#1' is not used")) << shown();
}

TEST_F(UnnamedExports, WhatAUserIsLikeIsNoFriend) {
  std::string users = "client_id,user_age,Location\n";
  for (int64_t u = 0; u < 20; ++u) {
    users += s(u) + "," + s(20 + u % 9) + ",Town" + s(u % 3) + "\n";
  }
  put("users.csv", users);
  put("events.csv", rows("client_id,item_id", 200, [](int64_t, int64_t u, int64_t i) { return s(u) + "," + s(i); }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(data_->users.size(), 20) << shown();
  EXPECT_NE(field("user_age"), nullptr) << shown();
}

// Fields of JSON objects have no order: who is the friend, the name says.
TEST_F(UnnamedExports, TheFriendIsTheOtherOneWhereverItStands) {
  for (const char* const user : {"reviewerID", "c1"}) {
    std::string ties;
    for (int64_t u = 0; u < 19; ++u) {
      ties +=
          "{\"" + std::string(user) + "\": \"" + code("U", u) + "\", \"friend_id\": \"" + code("U", u + 1) + "\"}\n";
    }
    put("friends.jsonl", ties);
    put("events.csv",
        rows("user_id,item_id", 200, [](int64_t, int64_t u, int64_t i) { return code("U", u) + "," + s(i); }));
    run(made_folder());
    ASSERT_TRUE(data_) << shown();
    EXPECT_NE(init_.toml.find("other = \"friend_id\""), std::string::npos) << shown();
    EXPECT_NE(init_.toml.find("user = \"" + std::string(user) + "\""), std::string::npos) << shown();
  }
}

TEST_F(UnnamedExports, AWordForAMissingVectorCostsNoRow) {
  std::string items = "item_id,title,embedding,tags\n";
  for (int64_t i = 0; i < 30; ++i) {
    items += s(i) + ",Red lamp " + s(i) + (i == 3 ? ",N/A" : ",\"[0.5, " + s(i) + ".25]\"") +
             (i == 4       ? ",N/A"
              : i % 2 == 0 ? ",gift|sale"
                           : ",new|sale") +
             "\n";
  }
  put("items.csv", items);
  put("events.csv", rows("user_id,item_id", 200, [](int64_t, int64_t u, int64_t i) { return s(u) + "," + s(i); }));
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(data_->titles[static_cast<size_t>(*data_->items.find("3"))], "Red lamp 3") << shown();
  ASSERT_NE(field("embedding"), nullptr) << shown();
  EXPECT_EQ(field("embedding")->type, FieldType::kVector);
  ASSERT_NE(field("tags"), nullptr) << shown();
  EXPECT_FALSE(field("tags")->values.find("N/A")) << shown();
}

TEST_F(UnnamedExports, AHeaderInEachOfManySmallFilesFailsNone) {
  const char* const months[] = {"2023-01", "2023-02", "2023-03", "2023-04", "2023-05", "2023-06"};
  for (int64_t m = 0; m < 6; ++m) {
    const std::string header = "user_id,item_id,time\n";
    std::string text = header;
    for (int64_t r = 0; r < 12; ++r) {
      text += r == 6 ? header : "";
      text += s((r + m) % 10) + "," + s((r * 3 + m) % 12) + "," + s(1'672'600'000 + 2'500'000 * m + 60 * r) + "\n";
    }
    put("events-" + std::string(months[m]) + ".csv", text);
  }
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 72) << shown();
}

TEST_F(UnnamedExports, AnIdOfTwoWordsIsNoListOfItems) {
  std::string text;
  for (int64_t r = 0; r < 200; ++r) {
    text += "{\"user_id\": \"" + s(r % 20) + "\", \"itemId\": \"Camera " + s(r * 7 % 30) + "\"}\n";
  }
  put("events.jsonl", text);
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->items.find("Camera 7")) << shown();
}

}  // namespace
}  // namespace haina
