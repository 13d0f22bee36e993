#include "exports/random/names.h"

#include <fmt/format.h>

#include <map>

namespace haina {
namespace {

using Names = std::vector<std::string>;

const Names& usual(Role role) {
  static const std::map<Role, Names> names = {{Role::kUser, {"user_id", "userId", "user", "User ID"}},
                                              {Role::kItem, {"item_id", "itemId", "item", "product_id", "movieId"}},
                                              {Role::kTime, {"timestamp", "time", "date", "event_time", "created_at"}},
                                              {Role::kAction, {"action", "event", "event_type"}},
                                              {Role::kTitle, {"title", "name"}},
                                              {Role::kCategory, {"category", "brand"}},
                                              {Role::kTags, {"tags", "genres"}},
                                              {Role::kPrice, {"price"}},
                                              {Role::kVector, {"vector", "embedding"}},
                                              {Role::kAge, {"age"}},
                                              {Role::kCity, {"city"}},
                                              {Role::kSession, {"session_id"}},
                                              {Role::kRowId, {"id", "event_id"}},
                                              {Role::kDevice, {"device"}}};
  return names.at(role);
}

const Names& other(Role role) {
  static const std::map<Role, Names> names = {
      {Role::kUser, {"CustomerID", "client_id", "visitorid", "member_no", "buyer", "account_id", "reviewerID", "uid"}},
      {Role::kItem, {"StockCode", "product_code", "SKU", "article_id", "business_id", "anime_id", "ISBN", "track_id"}},
      {Role::kTime, {"order_date", "t_dat", "InvoiceDate", "ts", "when", "Purchased At", "datetime", "unixReviewTime"}},
      {Role::kAction, {"behavior", "type", "event_name", "verb", "behavior_type"}},
      {Role::kTitle, {"Description", "product_name", "Book-Title", "prod_name"}},
      {Role::kCategory, {"department", "product_type", "Section", "publisher"}},
      {Role::kTags, {"keywords", "labels", "categories"}},
      {Role::kPrice, {"UnitPrice", "Price (EUR)", "list_price"}},
      {Role::kVector, {"features", "emb"}},
      {Role::kAge, {"Age", "user_age"}},
      {Role::kCity, {"Location", "hometown"}},
      {Role::kSession, {"SessionID", "visit"}},
      {Role::kRowId, {"review_id", "InvoiceNo"}},
      {Role::kDevice, {"platform", "channel"}}};
  return names.at(role);
}

// By language, from German on.
const Names& foreign(Role role, Language language) {
  static const std::map<Role, std::vector<Names>> names = {
      {Role::kUser,
       {{"Kundennummer", "Nutzer", "Benutzer_ID"},
        {"id_client", "utilisateur"},
        {"用户ID", "会员编号"},
        {"ユーザーID", "会員番号"},
        {"пользователь", "ид_клиента"}}},
      {Role::kItem,
       {{"Artikel", "Artikelnummer", "Produkt_ID"},
        {"id_produit", "article"},
        {"商品ID", "商品编号"},
        {"商品コード", "商品ID"},
        {"товар", "ид_товара"}}},
      {Role::kTime,
       {{"Zeitpunkt", "Datum", "Bestelldatum"},
        {"date_achat", "horodatage"},
        {"时间", "购买时间"},
        {"日時", "購入日"},
        {"дата", "время"}}},
      {Role::kAction, {{"Aktion", "Ereignis"}, {"évènement", "action"}, {"行为"}, {"行動"}, {"действие"}}},
      {Role::kTitle, {{"Bezeichnung", "Titel"}, {"libellé", "titre"}, {"名称", "标题"}, {"商品名"}, {"название"}}},
      {Role::kCategory, {{"Kategorie", "Marke"}, {"catégorie", "marque"}, {"类别"}, {"カテゴリ"}, {"категория"}}},
      {Role::kTags, {{"Schlagwörter"}, {"étiquettes"}, {"标签"}, {"タグ"}, {"метки"}}},
      {Role::kPrice, {{"Preis"}, {"prix"}, {"价格"}, {"価格"}, {"цена"}}},
      {Role::kVector, {{"Merkmale"}, {"vecteur"}, {"向量"}, {"ベクトル"}, {"вектор"}}},
      {Role::kAge, {{"Alter"}, {"âge"}, {"年龄"}, {"年齢"}, {"возраст"}}},
      {Role::kCity, {{"Ort", "Stadt"}, {"ville"}, {"城市"}, {"都市"}, {"город"}}},
      {Role::kSession, {{"Sitzung"}, {"session"}, {"会话"}, {"セッション"}, {"сессия"}}},
      {Role::kRowId, {{"Belegnummer"}, {"id_commande"}, {"订单号"}, {"注文番号"}, {"номер"}}},
      {Role::kDevice, {{"Gerät"}, {"appareil"}, {"设备"}, {"端末"}, {"устройство"}}}};
  return names.at(role)[static_cast<size_t>(language) - 1];
}

// By language; the kind of value decides what it is called.
Names value_names(Language language, Familiarity familiarity, ValueKind value) {
  const bool amount = value == ValueKind::kCount || value == ValueKind::kSeconds;
  if (familiarity == Familiarity::kForeign && language != Language::kEnglish) {
    static const std::vector<Names> ratings = {{"Bewertung", "Note"}, {"note"}, {"评分"}, {"評価"}, {"оценка"}};
    static const std::vector<Names> amounts = {{"Anzahl"}, {"nombre"}, {"次数"}, {"回数"}, {"количество"}};
    return (amount ? amounts : ratings)[static_cast<size_t>(language) - 1];
  }
  const bool usual_name = familiarity == Familiarity::kUsual;
  if (value == ValueKind::kSeconds) {
    return usual_name ? Names{"dwell", "watch_time"} : Names{"seconds_played", "duration", "hours"};
  }
  if (value == ValueKind::kCount) {
    return usual_name ? Names{"plays", "playcount"} : Names{"listens", "times", "n"};
  }
  if (value == ValueKind::kThumbs) {
    return usual_name ? Names{"value", "score"} : Names{"vote", "thumb", "liked"};
  }
  return usual_name ? Names{"rating", "stars", "score"} : Names{"Book-Rating", "review_overall", "grade"};
}

}  // namespace

std::string column_name(Role role, Language language, Familiarity familiarity, ValueKind value, Draw& draw) {
  if (familiarity == Familiarity::kOdd) {
    return fmt::format("{}{}", draw.pick(Names{"x", "col_", "field", "c"}), 1 + static_cast<int>(role));
  }
  if (role == Role::kValue) {
    return draw.pick(value_names(language, familiarity, value));
  }
  if (familiarity == Familiarity::kForeign && language != Language::kEnglish) {
    return draw.pick(foreign(role, language));
  }
  return draw.pick(familiarity == Familiarity::kUsual ? usual(role) : other(role));
}

}  // namespace haina
