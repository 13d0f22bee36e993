#include "data/io/frequent_letters.h"

#include <algorithm>
#include <set>
#include <string>

namespace haina {
namespace {

// The most frequent letters of running text, then those of shops, media and people.
constexpr std::string_view kSimplified =
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多"
    "经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工"
    "使情明性"
    "知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老"
    "给世位次"
    "度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太"
    "量再感建"
    "务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完"
    "设式色路"
    "记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
    "户商购买击浏览加订单价格编号称标题签促销环礼厨房音乐园艺办公居家台灯椅水壶杯外套镜毯相吉背包红柔软典现代木制静亮城"
    "龄评论星"
    "店铺货优惠券会员收藏支付退款详情首页影片图游戏软件鞋服装食茶酒苹果手机脑京沪广州深圳杭成都重庆武汉南宁津苏李王张刘"
    "陈杨黄"
    "赵周吴徐孙朱马胡林郭何罗芳娜伟洋秀英敏丽强磊军勇艳杰娟涛超霞";
constexpr std::string_view kTraditional =
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種"
    "事成方多"
    "經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日者意無力它與長把機十民第公此已工使"
    "情明性"
    "知全三又關點正業外將兩高間由問很最重並物手應向頭文體政美相見被利什二等產或新己制身果加西月話合回特代內信表化老給世"
    "位次"
    "度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活更別打女變四神總何電數安少報才結反受目太量"
    "再感建"
    "務做接必場件計管期市直資命山金指許統區保至形社便空決治展馬科司五基書非則聽白界達光放強即像難且思王完設式色路"
    "記南品住告類求據程北邊該交規萬取格望覺術領共確傳師觀清今切院讓識候帶導爭運"
    "戶商購買擊瀏覽訂單價編號稱標籤銷環禮廚房音樂園藝辦居家燈椅壺杯套鏡毯背包紅柔軟典代木靜亮城齡評星"
    "店鋪貨優惠券收藏付退款詳情首頁影片圖遊戲鞋服裝食茶酒蘋果腦臺灣台北高雄港李王張劉陳楊黃趙周吳徐孫朱胡林郭羅蔡鄭謝許"
    "洪曾";
constexpr std::string_view kKorean =
    "이다는의가을에하고한지로사도기를자대은리그아인나서수정해시어만들일보있었라과것여부주제상장전으와조원게면구공소유성"
    "러경동신우"
    "용생선중비안마오세관방모회화진무해내연문위물적국분실입계간강미설음양재산발개단금당명반식드스트르카타파차바요품번호"
    "격평점목날"
    "짜별류객회원구매상클릭장바색책영음악게임옷가방신발김박최이정윤서울대전광천역년월초분후뒤앞더많좋없않같보내받때말";

constexpr std::string_view kJapanese =
    "ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべ"
    "ぺほぼぽまみ"
    "むめもゃやゅゆょよらりるれろわをんァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデト"
    "ドナニヌネノ"
    "ハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロワヲンヴー"
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者地合市業内相方四定今回新場金員九入選立"
    "開手米力"
    "学問高代明実円関決子動京全目表経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野取"
    "都和以機平"
    "加山思家話世受区多県続進正安設保改数記女初北午指心界支産結百点教報書活原先共得解名交資川向面文元重近千考画海参売利"
    "組知案道信"
    "集在件別物側任引使求所次水半品論計感特情投変打男基私各始島直両朝価式確村提運終果西台広必応電住能無再位置真流格有口"
    "過少放町校"
    "料状工建語球営空土止送可木割身費付切由説転食車何南石足神番術展宅配条育席楽起万着店想線病声質念待試銀例早映限親商葉"
    "義形景好造"
    "英頭毎医去味門写評課守若種美影福量望松白深字答夜製票音様港識注達購覧閲履歴顧客様商品注文椅鞄青赤緑黒茶庭札幌阪京都"
    "岡藤佐鈴木";

// The letters of a text of three bytes, from kana on.
std::set<std::string_view> letters_of(std::string_view utf8) {
  std::set<std::string_view> letters;
  for (size_t at = 0; at < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[at]);
    const size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (bytes == 3 && first >= 0xE3 && first <= 0xED && at + bytes <= utf8.size() &&
        (first > 0xE3 || static_cast<unsigned char>(utf8[at + 1]) > 0x80)) {
      letters.insert(utf8.substr(at, bytes));
    }
    at += bytes;
  }
  return letters;
}

}  // namespace

double share_of_usual_letters(std::string_view utf8, Encoding encoding) {
  static const std::set<std::string_view> simplified = letters_of(kSimplified);
  static const std::set<std::string_view> traditional = letters_of(kTraditional);
  static const std::set<std::string_view> korean = letters_of(kKorean);
  static const std::set<std::string_view> japanese = letters_of(kJapanese);
  const bool of_japan = encoding == Encoding::kEucJp || encoding == Encoding::kShiftJis;
  const auto* const usual = encoding == Encoding::kGb18030 ? &simplified
                            : encoding == Encoding::kBig5  ? &traditional
                            : encoding == Encoding::kEucKr ? &korean
                            : of_japan                     ? &japanese
                                                           : nullptr;
  const std::set<std::string_view> letters = letters_of(utf8);
  if (usual == nullptr || letters.empty()) {
    return 0;
  }
  const auto found =
      std::ranges::count_if(letters, [&](const std::string_view letter) { return usual->contains(letter); });
  return static_cast<double>(found) / static_cast<double>(letters.size());
}

}  // namespace haina
