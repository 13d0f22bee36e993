#include "data/inference/name_hints.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "text/name_words.h"

namespace haina {
namespace {

using Words = std::vector<std::string_view>;

using MeaningWords = std::pair<Meaning, Words>;

// Who and what. Folded as name_words folds: lower case without accents.
const std::vector<MeaningWords>& words_of_ids() {
  static const std::vector<MeaningWords> words = {
      {Meaning::kUser,
       {"user",        "customer",   "client",    "member",     "visitor",    "person",     "account",  "reader",
        "reviewer",    "buyer",      "shopper",   "student",    "player",     "viewer",     "listener", "guest",
        "profile",     "uid",        "cust",      "usr",        "patron",     "subscriber", "consumer", "cookie",
        "kunde",       "kunden",     "kund",      "benutzer",   "nutzer",     "kaufer",     "mitglied", "leser",
        "utilisateur", "acheteur",   "lecteur",   "usuario",    "cliente",    "comprador",  "utente",   "acquirente",
        "klient",      "uzytkownik", "gebruiker", "klant",      "anvandare",  "bruker",     "kayttaja", "asiakas",
        "kullanici",   "kullanıcı",  "musteri",   "uye",        "household",  "people",     "who",      "пользователь",
        "клиент",      "покупатель", "юзер",      "посетитель", "користувач", "покупець",   "用户",     "用戶",
        "顾客",        "顧客",       "客户",      "客戶",       "会员",       "會員",       "会員",     "买家",
        "ユーザ",      "ユーザー",   "お客様",    "利用者",     "사용자",     "고객",       "회원",     "유저",
        "χρηστησ",     "πελατησ",    "משתמש",     "לקוח",       "مستخدم",     "عميل",       "ผู้ใช้",      "ลูกค้า",
        "उपयोगकर्ता",   "ग्राहक",      "nguoidung", "khachhang",  "pengguna",   "pelanggan"}},
      {Meaning::kItem,
       {"item",     "product",  "article",  "movie",    "film",    "book",        "song",     "track",    "artist",
        "album",    "business", "venue",    "place",    "poi",     "restaurant",  "recipe",   "hotel",    "game",
        "app",      "anime",    "manga",    "show",     "series",  "video",       "news",     "post",     "story",
        "course",   "job",      "listing",  "sku",      "asin",    "isbn",        "ean",      "gtin",     "upc",
        "stock",    "goods",    "content",  "beer",     "wine",    "drink",       "page",     "url",      "photo",
        "image",    "pin",      "document", "doc",      "paper",   "podcast",     "episode",  "property", "offer",
        "iid",      "material", "joke",     "dish",     "food",    "merchandise", "produkt",  "produkte", "artikel",
        "ware",     "buch",     "lied",     "produit",  "livre",   "jeu",         "producto", "articulo", "libro",
        "pelicula", "juego",    "prodotto", "articolo", "produto", "livro",       "filme",    "tuote",    "vara",
        "varen",    "vare",     "towar",    "ksiazka",  "boek",    "bok",         "urun",     "kitap",    "repo",
        "товар",    "продукт",  "артикул",  "фильм",    "книга",   "игра",        "видео",    "песня",    "商品",
        "产品",     "產品",     "物品",     "电影",     "電影",    "图书",        "圖書",     "书籍",     "视频",
        "音乐",     "货品",     "アイテム", "映画",     "製品",    "品番",        "作品",     "動画",     "상품",
        "제품",     "아이템",   "영화",     "προιον",   "מוצר",    "פריט",        "منتج",     "สินค้า",     "उत्पाद",
        "sanpham",  "barang",   "produk"}},
      {Meaning::kOther, {"friend", "followee", "followed", "following", "follower",  "trustee", "trusted", "truster",
                         "other",  "peer",     "contact",  "neighbor",  "neighbour", "freund",  "ami",     "amigo",
                         "amico",  "друг",     "好友",     "朋友",      "友達",      "친구"}},
      {Meaning::kSession,
       {"session", "sessionid", "visit", "sitzung", "sesion", "sessione", "сессия", "сеанс", "визит", "会话", "會話",
        "セッション", "세션", "oturum"}},
      {Meaning::kOrder,
       {"order",   "basket", "invoice",    "transaction", "receipt", "purchaseid", "bestellung", "rechnung",
        "auftrag", "beleg",  "commande",   "facture",     "panier",  "pedido",     "factura",    "ordine",
        "fattura", "fatura", "zamowienie", "bestelling",  "заказ",   "счет",       "чек",        "订单",
        "訂單",    "注文",   "伝票",       "주문",        "siparis", "bon",        "ticket",     "checkout"}},
      {Meaning::kRow,
       {"review", "row", "index", "record", "log", "entry", "impression", "line", "lfd", "interaction", "comment"}}};
  return words;
}

// When, how much, and what else a column may say.
const std::vector<MeaningWords>& words_of_details() {
  static const std::vector<MeaningWords> words = {
      {Meaning::kTime,
       {"time",      "timestamp", "date",        "datetime",  "ts",    "tss",   "dat",   "day",   "when",
        "created",   "createdat", "updated",     "updatedat", "at",    "unix",  "epoch", "datum", "zeit",
        "zeitpunkt", "uhrzeit",   "zeitstempel", "tag_zeit",  "heure", "fecha", "hora",  "ora",   "jour",
        "dia",       "giorno",    "data",        "tijd",      "tid",   "czas",  "zaman", "tarih", "дата",
        "время",     "час",       "时间",        "時間",      "日期",  "日時",  "日付",  "時刻",  "날짜",
        "시간",      "일시",      "waktu",       "tanggal",   "ngay",  "month", "year"}},
      {Meaning::kRating,
       {"rating",      "rate",       "score",     "stars",  "star",        "overall",      "grade",      "value",
        "vote",        "preference", "feedback",  "like",   "liked",       "thumb",        "opinion",    "label",
        "bewertung",   "wertung",    "note",      "sterne", "puntuacion",  "calificacion", "valoracion", "voto",
        "valutazione", "nota",       "avaliacao", "ocena",  "beoordeling", "betyg",        "puan",       "оценка",
        "рейтинг",     "评分",       "評分",      "打分",   "得分",        "評価",         "평점",       "별점"}},
      {Meaning::kAmount,
       {"n",        "quantity",   "qty",      "count",  "cnt",       "plays",      "playcount", "amount",  "hours",
        "minutes",  "seconds",    "duration", "dwell",  "dwelltime", "watchtime",  "playtime",  "listens", "times",
        "num",      "units",      "pieces",   "menge",  "anzahl",    "stuck",      "quantite",  "nombre",  "cantidad",
        "quantita", "quantidade", "ilosc",    "aantal", "antal",     "количество", "数量",      "數量",    "次数",
        "時長",     "时长",       "個数",     "수량",   "adet",      "jumlah"}},
      {Meaning::kAction, {"action",     "event",    "eventtype",    "behavior",      "behaviour",  "interactiontype",
                          "activity",   "verb",     "behaviortype", "behaviourtype", "actiontype", "eventname",
                          "aktion",     "ereignis", "handlung",     "evenement",     "accion",     "evento",
                          "azione",     "acao",     "действие",     "событие",       "行为",       "行為",
                          "操作",       "动作",     "動作",         "行動",          "イベント",   "행동",
                          "이벤트",     "eylem",    "olay",         "akcja",         "handling",   "feedbacktype",
                          "interaction"}},
      {Meaning::kPrice, {"price",  "cost",  "revenue", "total", "discount", "preis", "prix", "precio",
                         "prezzo", "preco", "cena",    "prijs", "pris",     "fiyat", "цена", "стоимость",
                         "价格",   "價格",  "金额",    "単価",  "値段",     "価格",  "가격", "harga"}},
      {Meaning::kTitle,
       {"title",        "name",  "description", "text",      "summary",  "titel",          "bezeichnung",
        "beschreibung", "titre", "nom",         "libelle",   "titulo",   "nombreproducto", "descripcion",
        "titolo",       "nome",  "descrizione", "descricao", "название", "наименование",   "описание",
        "名称",         "标题",  "標題",        "名前",      "品名",     "商品名",         "タイトル",
        "이름",         "제목",  "isim",        "baslik",    "nama",     "body",           "content_text"}},
      {Meaning::kCategory,
       {"category",  "cat",      "brand",      "author",      "genre",        "genres",   "style",
        "type",      "class",    "department", "subcategory", "color",        "colour",   "size",
        "publisher", "tags",     "abv",        "kategorie",   "marke",        "farbe",    "groesse",
        "categorie", "marque",   "categoria",  "marca",       "kategoria",    "marka",    "rubrik",
        "section",   "aisle",    "topic",      "brewery",     "категория",    "бренд",    "жанр",
        "类别",      "類別",     "品牌",       "分类",        "カテゴリ",     "ブランド", "카테고리",
        "브랜드",    "kategori", "url_image",  "developer",   "manufacturer", "supplier", "merek"}},
      {Meaning::kProfile,
       {"age",     "gender", "sex",   "country",    "city",      "zip",      "postcode", "occupation", "location",
        "region",  "state",  "alter", "geschlecht", "land",      "stadt",    "pays",     "ville",      "pais",
        "ciudad",  "страна", "город", "возраст",    "пол",       "年龄",     "性别",     "国家",       "城市",
        "年齢",    "性別",   "나이",  "성별",       "birth",     "birthday", "都市",     "地域",       "住所",
        "wohnort", "alder",  "edad",  "eta",        "age_group", "hometown", "town"}},
      {Meaning::kContext,
       {"device",   "platform", "os",    "browser", "channel",  "referrer",    "env",       "weather",
        "weekday",  "daytime",  "store", "ip",      "agent",    "app_version", "kanal",     "gerat",
        "appareil", "канал",    "设备",  "渠道",    "デバイス", "端末",        "устройство"}}};
  return words;
}

const std::set<std::string_view>& id_words() {
  static const std::set<std::string_view> words = {
      "id",     "ids",    "code",   "no",         "nr",   "num",    "number", "key",     "uuid",
      "guid",   "hash",   "ref",    "identifier", "sk",   "pk",     "nummer", "kennung", "identifiant",
      "numero", "codigo", "codice", "ид",         "код",  "номер",  "编号",   "编码",    "編號",
      "号",     "コード", "番号",   "코드",       "번호", "아이디", "kod",    "kodu",    "idx"};
  return words;
}

bool ascii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

// "userid" without "id", "商品コード" without "コード"; the whole where it ends in no such word.
std::string_view without_id(std::string_view word, bool& id) {
  std::string_view longest;  // "番号" before "号"
  for (const std::string_view end : id_words()) {
    const bool glued = !ascii(end) || end == "id" || end == "ids" || end == "code" || end == "uuid" || end == "nr" ||
                       end == "nummer" || end == "number";
    if (glued && end.size() > longest.size() && word.size() > end.size() + 1 && word.ends_with(end)) {
      longest = end;
    }
  }
  id = id || !longest.empty();
  return word.substr(0, word.size() - longest.size());
}

// Columns are called after one thing a cell: "members" and "episodes" are counts, not users and items.
bool may_be_plural(Meaning meaning) { return meaning != Meaning::kUser && meaning != Meaning::kItem; }

// "клиента", "пользователя", "книги": the genitive of a Russian noun, as in "ид_клиента".
bool is_genitive(std::string_view word, std::string_view known) {
  if (known.size() < 8 || static_cast<unsigned char>(known[0]) < 0xD0 || static_cast<unsigned char>(known[0]) > 0xD1) {
    return false;
  }
  constexpr size_t kLetter = 2;  // bytes of a Cyrillic letter
  const std::string_view end = word.substr(word.size() - std::min(word.size(), kLetter));
  const std::string_view stem = word.substr(0, word.size() - end.size());
  const std::string_view shorter = known.substr(0, known.size() - kLetter);
  return (stem == known && (end == "а" || end == "я")) ||
         (stem == shorter &&
          ((known.ends_with("ь") && end == "я") || (known.ends_with("а") && (end == "ы" || end == "и"))));
}

bool same_word(std::string_view word, std::string_view known, bool plural = true) {
  return word == known || is_genitive(word, known) ||
         (plural && ascii(known) && word.size() == known.size() + 1 && word.starts_with(known) && word.back() == 's');
}

}  // namespace

NameHints::NameHints(std::string_view name) {
  std::vector<std::string> words = name_words(name);
  std::erase_if(words,
                [](const std::string& word) { return word.find_first_not_of("0123456789") == std::string::npos; });
  if (words.size() > 1 && id_words().contains(words.back())) {
    id_ = true;
    words.pop_back();
  }
  // "id_client", "ид_клиента"; a "number of items" counts them.
  if (words.size() > 1 && (words.front() == "id" || words.front() == "ид" || words.front() == "код")) {
    id_ = true;
    words.erase(words.begin());
  }
  std::string joined;
  for (const std::string& word : words) {
    joined += word;
  }
  bool glued_id = false;
  const std::string_view whole = without_id(joined, glued_id);
  static const std::vector<MeaningWords> meanings = [] {
    std::vector<MeaningWords> all = words_of_ids();
    all.insert(all.end(), words_of_details().begin(), words_of_details().end());
    return all;
  }();
  for (const auto& [meaning, known_words] : meanings) {
    int strength = 0;
    const bool plural = may_be_plural(meaning);
    for (const std::string_view known : known_words) {
      if (same_word(joined, known, plural) || same_word(whole, known, plural)) {
        strength = 4;
        break;
      }
      for (size_t w = 0; w < words.size(); ++w) {
        bool unused = false;
        const std::string_view core = without_id(words[w], unused);
        const bool last = w + 1 == words.size();
        const bool part = known.size() >= (ascii(known) ? 5U : 6U) && words[w].find(known) != std::string::npos &&
                          (plural || words[w] != std::string(known) + "s");
        const bool named =
            words[w].size() == known.size() + 4 && words[w].starts_with(known) && words[w].ends_with("name");
        strength =
            std::max(strength, same_word(words[w], known, plural) || same_word(core, known, plural) || (named && last)
                                   ? (last ? 3 : 2)
                               : part ? 1
                                      : 0);
      }
    }
    if (strength > 0) {
      strengths_[meaning] = strength;
    }
  }
  bool last_id = false;
  if (!words.empty()) {
    without_id(words.back(), last_id);
  }
  id_ = id_ || last_id || joined == "id" || joined == "uid" || joined == "isbn" || joined == "asin" || joined == "sku";
}

int NameHints::of(Meaning meaning) const {
  const auto found = strengths_.find(meaning);
  return found == strengths_.end() ? 0 : found->second;
}

bool NameHints::mainly(Meaning meaning) const {
  const int own = of(meaning);
  return own > 0 && std::ranges::all_of(strengths_, [&](const auto& one) { return one.second <= own; });
}

}  // namespace haina
