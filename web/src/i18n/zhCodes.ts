import type { Problem } from "../api/problem";
import type { SentenceCode } from "../api/types";
import type { ProblemText } from "./index";

// What the API says in English, in Chinese: by the code beside the sentence, with the values of its places.
type Say = (...values: string[]) => string;

const sinceTraining = (live: string) => `（此后有 ${live} 个，haina train --from-store 可以学习）`;
const kUntilMoreEvents = "更多之前，列表依据内容、新旧、规则与实时事件";

const kNotes: Record<string, Say> = {
  // Notes of lists
  no_history: () => "没有历史：这是新用户的列表",
  unknown_user_in_list: (user) => `未知用户“${user}”：这是新用户的列表`,
  no_item_has_words: (words) => `没有物品包含“${words}”中的任何词`,
  channel_has_nothing: () => "此通道没有适合该用户的物品",
  all_beyond_seen: (n) => `除看过的以外，总共只有 ${n} 个物品`,
  all_with_words: (n) => `包含这些词的总共只有 ${n} 个物品`,
  seen_matches_and_more: (titles, n) => `相符但已看过，因此略去：${titles}，另有 ${n} 个`,
  seen_matches: (titles) => `相符但已看过，因此略去：${titles}`,
  history_item_not_listed: (item) => `历史中的物品 ${item} 已不再展示：略去`,
  history_item_unknown_but_near: (item) => `略去历史中的未知物品 ${item}`,
  history_item_unknown: (item) => `略去历史中的未知物品 ${item}`,
  more_history_items_unknown: (n) => `略去历史中另外 ${n} 个未知物品`,
  action_value_without_head: (action) => `[serve.action_values] 中的“${action}”不起作用：模型不预测这种行为`,
  no_items: () => "还没有物品",
  one_item: () => "目录中只有一个物品，无从选择",
  // What a service lacks
  lacks_items: () => "物品：添加物品之前无法生成列表",
  lacks_item_fields: () => "物品字段：没有物品表，就没有可比较的内容",
  lacks_events: () => `事件：模型尚未学习任何事件，${kUntilMoreEvents}`,
  lacks_events_but_live: (live) => `事件：模型尚未学习任何事件，${kUntilMoreEvents}${sinceTraining(live)}`,
  few_events: (n) => `事件：模型只学习了 ${n} 个事件，${kUntilMoreEvents}`,
  few_events_but_live: (n, live) => `事件：模型只学习了 ${n} 个事件，${kUntilMoreEvents}${sinceTraining(live)}`,
  not_evaluated: () =>
    "评估：目标事件太少，无法留出测试部分，因此没有调参也没有评估；更多用户有目标事件后请重新训练（[split]、[project] goal）",
  // Notes on events, and on a user who was forgotten
  event_of_unknown_item: (n, item) => `${n} 个事件的物品不在目录中（${item}）：保留到添加该物品为止`,
  no_goal_event: (n, action, goal) => `${n} 个事件（行为 ${action}）不是目标事件：目标是 ${goal}`,
  no_goal_value: (n, action, value, goal) => `${n} 个事件（行为 ${action}，取值 ${value}）不是目标事件：目标是 ${goal}`,
  no_goal_event_and_unseen_action: (n, action, goal) =>
    `${n} 个事件（行为 ${action}）不是目标事件：目标是 ${goal}；训练中没有出现过这种行为`,
  no_goal_value_and_unseen_action: (n, action, value, goal) =>
    `${n} 个事件（行为 ${action}，取值 ${value}）不是目标事件：目标是 ${goal}；训练中没有出现过这种行为`,
  event_known: (n) => `${n} 个事件的 ID 已经存过：不再计数`,
  event_of_forgotten_user: (n) => `${n} 个事件属于此后被遗忘的用户：不保存`,
  rows_until_vacuum: () => "数据库文件在清理之前仍含已删除的行：读取者结束后几秒内清理",
  rows_until_reader_ends: () => "有读取者占用数据库：预写日志仍含已删除的行，读取者结束后几秒内清空",
  datasets_written_without_user: () => "prepared/ 和各版本的数据集将在几秒内去掉该用户重写；正在训练的，在训练之后",
  versions_keep_what_they_learned: () =>
    "用该用户的数据训练过的版本，在删除之前仍保留所学：/v1/models 中以 forgotten_since 标出",
  copies_are_yours: () => "导出、日志、数据库的存档与备份由您处理：haina forget --verify 说明海纳的文件中还剩什么",
  other: (...quoted) => `服务器另有说明${quoted.length === 0 ? "" : `：${quoted.join("、")}`}`,
};

// A problem has two: what is wrong, and what helps.
const kWait = "请稍后再试";
const kProblems: Record<string, [Say, string]> = {
  no_key_sent: [() => "没有发送 API 密钥", "请输入密钥；haina keys add 可以新建"],
  key_unknown: [() => "未知的 API 密钥", "请输入另一个密钥；haina keys add 可以新建"],
  key_replaced: [(when) => `此 API 密钥已更换，旧密钥于 ${when} 失效`, "请使用更换后的密钥"],
  key_expired: [(when) => `此 API 密钥已于 ${when} 过期`, "请撤销它并另加一个：haina keys revoke、haina keys add"],
  scope_too_small: [(scope) => `权限为 ${scope} 的密钥不能这样做`, "请使用权限更高的密钥"],
  not_for_tenants: [() => "租户的密钥不能这样做：这关系到所有租户", "请使用不属于租户的密钥"],
  user_of_other_tenant: [() => "该用户不属于此密钥的租户", "请使用该租户的密钥"],
  host_not_allowed: [
    (host) => `没有密钥的服务不以“${host}”这个名称应答`,
    "请用 localhost 访问，用 --allow-host 允许此名称，或用 haina keys add 添加密钥",
  ],
  origin_not_allowed: [
    () => "没有密钥的服务不应答其他网站的页面",
    "请用 --cors 允许该网站，或用 haina keys add 添加密钥",
  ],
  first_key_over_http: [
    () => "第一个密钥不能通过网络添加",
    "请在运行服务的机器上执行 haina keys add NAME --scope admin",
  ],
  key_member_wrong: [(name) => `密钥缺少 ${name}，或它不是短文本`, "请以文本给出名称与权限"],
  key_of_other_tenant: [() => "租户的密钥只能为自己的租户添加密钥", "请不要填写租户"],
  rotation_member_wrong: [(name) => `更换密钥时没有 ${name}，或它不是文本`, "请以时长给出宽限期，例如 1d"],
  no_such_key: [(name) => `没有名为“${name}”的密钥`, "密钥列表中有现有的名称"],
  key_exists: [(name) => `已有名为“${name}”的密钥`, "请先撤销它，或换一个名称"],
  tenant_has_colon: [(tenant) => `租户“${tenant}”含有冒号`, "请选择不含冒号的名称"],
  unknown_scope: [(scope) => `未知的权限“${scope}”`, "权限是 read、write 或 admin"],
  nothing_here: [() => "此地址没有内容", "接口见 /v1/openapi.json"],
  method_not_here: [(method) => `此地址不支持 ${method}`, "接口见 /v1/openapi.json"],
  unknown_parameter: [(name) => `此地址没有参数“${name}”`, "请去掉它"],
  unknown_item: [(item) => `没有物品“${item}”`, "物品页可以按 ID 和标题查找"],
  unknown_channel: [(channel) => `未知的通道“${channel}”`, "请选择列出的通道"],
  no_such_version: [(version) => `没有版本“${version}”`, "模型页列出所有版本"],
  no_version_before: [() => "此前没有使用过其他版本", "请在模型页选择一个版本"],
  no_trained_model: [() => "还没有训练好的模型", "请运行 haina train"],
  no_such_rule: [(name) => `没有通过接口设置的规则“${name}”`, "haina.toml 中的规则请在该文件中修改"],
  no_such_list: [() => "该用户近期没有得到这个列表", "请使用列表应答中的 list"],
  no_media_source: [(source) => `模型没有物品的媒体来源“${source}”`, "请给出训练时读取的媒体来源"],
  no_category_field: [() => "没有物品字段是类别", "请去掉类别"],
  no_item_vectors: [() => "模型没有物品的融合向量", "请使用融合网络训练"],
  version_gives_empty_lists: [() => "它给新用户的列表是空的", "请重新训练"],
  file_damaged: [(file) => `文件 ${file} 缺失或已损坏`, "请恢复该文件，或重新训练"],
  file_unreadable: [(file) => `文件 ${file} 无法读取`, "请检查磁盘和文件夹的权限"],
  manifest_damaged: [() => "版本的清单已损坏", "请恢复该文件，或重新训练"],
  of_another_dataset: [() => "模型是用另一个数据集训练的", "请重新训练"],
  ranker_of_other_models: [() => "排序器是在另外的模型上拟合的", "请重新训练"],
  version_is_worse: [
    (users, its, serving) => `在 ${users} 名用户的最新事件上 NDCG@10 为 ${its}，当前版本为 ${serving}`,
    "请重新训练",
  ],
  body_no_object: [() => "请求内容不是 JSON 对象", "接口见 /v1/openapi.json"],
  body_no_json: [() => "请求内容不是有效的 JSON", "接口见 /v1/openapi.json"],
  body_no_utf8: [() => "请求内容不是有效的 UTF-8", "接口见 /v1/openapi.json"],
  body_too_deep: [() => "JSON 嵌套过深", "接口见 /v1/openapi.json"],
  body_not_declared_as_json: [() => "请求没有声明为 JSON", "请发送 Content-Type: application/json"],
  body_not_declared_as_media: [() => "请求没有声明为图片、声音或影片", "请发送相应的 Content-Type"],
  body_compressed: [() => "不读取压缩的请求内容", "请不压缩地发送"],
  body_too_large: [() => "请求内容过大", "请分成较小的请求"],
  header_too_large: [() => "请求头过大", "请减少请求头"],
  request_unreadable: [() => "无法读取请求", "请使用 HTTP/1.1"],
  id_empty: [() => "ID 为空", "请给出 ID"],
  id_too_long: [(bytes) => `ID 过长（${bytes} 字节）`, "请给出较短的 ID"],
  id_not_valid: [() => "ID 无效", "请给出有效的 UTF-8 文本"],
  item_without_id: [() => "有物品缺少 ID", "请给出 ID"],
  items_not_an_array: [(most) => `请求内容不是最多 ${most} 个物品的数组 items`, "接口见 /v1/openapi.json"],
  events_not_an_array: [() => "请求内容没有数组 events", "接口见 /v1/openapi.json"],
  too_many_events: [(n) => `一次请求中有 ${n} 个事件`, "请分成较小的请求"],
  event_member_unknown: [(name) => `事件没有 ${name} 一项`, "其他内容请放入 context"],
  time_in_the_future: [() => "时间在未来", "请检查时钟；时间以秒计，不是毫秒"],
  time_not_valid: [() => "时间无效", "请写成 2026-01-31T12:00:00Z 或 1970 年以来的秒数，或不填"],
  member_missing: [(name) => `缺少 ${name}`, "请给出它"],
  member_empty: [(name) => `${name} 为空`, "请填写它"],
  member_unknown: [(name) => `未知的项目 ${name}`, "接口见 /v1/openapi.json"],
  member_wrong: [(name) => `${name} 的值无效`, "接口见 /v1/openapi.json"],
  parameter_too_long: [(name, bytes) => `${name} 过长（${bytes} 字节）`, "请给出较短的值"],
  parameter_wrong: [(name, value) => `${name} 的值“${value}”无效`, "接口见 /v1/openapi.json"],
  too_many_requests: [() => "请求过于频繁", kWait],
  too_much_waiting: [() => "等待处理的工作过多", kWait],
  too_many_connections: [() => "连接过多", kWait],
  not_answered_in_time: [(seconds) => `${seconds} 秒内没有完成；可能仍会完成`, kWait],
  cannot_now: [() => "服务现在无法完成", "请稍后再试；原因见服务的日志"],
  // The console's own
  answer_no_json: [() => "应答不是 JSON", "请确认没有其他程序介于控制台与服务之间"],
  internal_error: [() => "内部错误", "请再试一次；若仍失败，请连同日志报告"],
};

const kStatuses: Record<number, string> = {
  400: "请求有误",
  401: "未授权",
  403: "没有权限",
  404: "未找到",
  405: "不支持此方法",
  409: "冲突",
  413: "内容过大",
  415: "类型不支持",
  422: "无法处理",
  429: "请求过多",
  431: "请求头过大",
  500: "服务器错误",
  501: "当前模型不支持",
  503: "服务暂不可用",
};

export const kTranslatedCodes: ReadonlySet<string> = new Set([...Object.keys(kNotes), ...Object.keys(kProblems)]);

// A code that the console does not know says at least which values it is about.
export function sentenceOf(code: SentenceCode | undefined): string {
  const say = kNotes[code?.code ?? ""] ?? kProblems[code?.code ?? ""]?.[0] ?? kNotes.other!;
  return say(...(code?.values ?? []));
}

export function problemTextOf({ status, title, detail, hint, code, values }: Problem): ProblemText {
  if (status === 0) return { title, detail, hint };
  const known = kProblems[code];
  const quoted = values.length === 0 ? "" : `有关的值：${values.join("、")}`;
  return {
    title: kStatuses[status] ?? "错误",
    detail: known === undefined ? quoted : known[0](...values),
    hint: known?.[1] ?? "",
  };
}
