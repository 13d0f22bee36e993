import type { Language } from "./index";

// Names in the API's documents that are its own, not the project's.
const zh: Record<string, string> = {
  // Actions
  click: "点击",
  view: "浏览",
  impression: "展示",
  like: "喜欢",
  dislike: "不喜欢",
  hide: "隐藏",
  skip: "跳过",
  rating: "评分",
  purchase: "购买",
  buy: "购买",
  cart: "加入购物车",
  wishlist: "收藏",
  read: "阅读",
  // Types of fields, and kinds of sources
  text: "文本",
  tags: "标签",
  category: "类别",
  number: "数值",
  vector: "向量",
  image: "图像",
  audio: "音频",
  graph: "图",
  social: "社交",
  events: "事件",
  items: "物品",
  users: "用户",
  values: "取值",
  ties: "关系",
  negatives: "负例",
  // Stages of a training
  experts: "模型",
  network: "网络",
  ranker: "排序器",
  experts_again: "模型（重新拟合）",
  network_again: "网络（重新拟合）",
  // Figures of models
  validation: "验证",
  validation_metric: "验证指标",
  weight: "权重",
  params: "参数",
  seconds: "秒",
  // Rules of the preparation
  aligned: "已对齐",
  "duplicate dropped": "丢弃重复项",
  "near duplicate dropped": "丢弃近似重复项",
  "event of an unknown order dropped": "丢弃未知订单的事件",
  "file of an unknown id ignored": "忽略未知 ID 的文件",
  "flood dropped": "丢弃过于密集的事件",
  "id brought into the plain form": "ID 已统一为普通格式",
  "item known from negatives only": "仅出现在负例中的物品",
  "negative of an unknown user or item dropped": "丢弃未知用户或物品的负例",
  "no counterpart found": "没有找到对应项",
  "no rows, the source is empty": "没有数据行，数据源为空",
  "no vector": "没有向量",
  "order named again, its first row is used": "订单重复，使用第一行",
  "outlier made missing": "异常值视为缺失",
  "outside the core dropped": "丢弃核心之外的数据",
  "row with a missing id dropped": "丢弃缺少 ID 的行",
  "row with an id outside the mapping dropped": "丢弃 ID 不在映射中的行",
  "vector given again": "向量重复",
  "vector of an unknown id left out": "略去未知 ID 的向量",
  "missing value filled with mean": "缺失值以均值填补",
  "missing value filled with median": "缺失值以中位数填补",
  "missing value filled with mode": "缺失值以众数填补",
  title: "标题",
  name: "名称",
};

// A name that no dictionary has is written as it is, with spaces.
export function termOf(name: string, language: Language): string {
  return (language === "zh" ? zh[name] : undefined) ?? name.replaceAll("_", " ");
}

// Sentences of the API, in English whatever the reader's language, and their translations.
const kSentences: [RegExp, (...parts: string[]) => string][] = [
  [/^no history: the list is a newcomer's$/, () => "没有历史：这是新用户的列表"],
  [/^user '(.*)' is unknown: the list is a newcomer's$/, (user) => `未知用户“${user}”：这是新用户的列表`],
  [/^no item has any of the words '(.*)'$/, (words) => `没有物品包含“${words}”中的任何词`],
  [/^channel (\w+) has nothing for this user$/, () => "此通道没有适合该用户的物品"],
  [/^(\d+) items? (?:is|are) all there is beyond what was seen$/, (n) => `除看过的以外，总共只有 ${n} 个物品`],
  [/^(\d+) items? (?:is|are) all there is with these words$/, (n) => `包含这些词的总共只有 ${n} 个物品`],
  [
    /^matching but already seen, so left out: (.*) and (\d+) more$/,
    (of, n) => `相符但已看过，因此略去：${of} 等 ${n} 个以上`,
  ],
  [/^matching but already seen, so left out: (.*)$/, (titles) => `相符但已看过，因此略去：${titles}`],
  [/^item '(.*)' in the history is not listed any more: skipped$/, (item) => `历史中的物品 ${item} 已不再展示：略去`],
  [/^unknown item '(.*)' in the history is skipped/, (item) => `略去历史中的未知物品 ${item}`],
  [/^(\d+) more unknown items in the history are skipped$/, (n) => `略去历史中另外 ${n} 个未知物品`],
  [/^there are no items yet$/, () => "还没有物品"],
  [/^the catalog has one item/, () => "目录中只有一个物品，无从选择"],
  [/^items: no list can be made before items are put$/, () => "物品：添加物品之前无法生成列表"],
  [/^item fields: without a table of items/, () => "物品字段：没有物品表，就没有可比较的内容"],
  [
    /^events: the model has learned from none; .*?(?: \((\d+) since.*\))?$/,
    (since = "") => `事件：模型尚未学习任何事件，列表依据内容、新旧、规则与实时事件${sinceTraining(since)}`,
  ],
  [
    /^events: the model has learned from (\d+) only; .*?(?: \((\d+) since.*\))?$/,
    (n, since = "") =>
      `事件：模型只学习了 ${n} 个事件，更多之前列表依据内容、新旧、规则与实时事件${sinceTraining(since)}`,
  ],
];

function sinceTraining(count: string): string {
  return count === "" ? "" : `（此后有 ${count} 个，haina train --from-store 可以学习）`;
}

export function sentenceOf(text: string, language: Language): string {
  if (language !== "zh") return text;
  for (const [pattern, translate] of kSentences) {
    const found = pattern.exec(text);
    if (found !== null) return translate(...found.slice(1));
  }
  return text;
}

const kStatuses: Record<number, string> = {
  400: "请求有误",
  401: "未授权",
  403: "没有权限",
  404: "未找到",
  409: "冲突",
  413: "内容过大",
  415: "类型不支持",
  422: "无法处理",
  429: "请求过多",
  500: "服务器错误",
  503: "服务暂不可用",
};

export function statusOf(status: number, title: string, language: Language): string {
  return (language === "zh" ? kStatuses[status] : undefined) ?? title;
}
