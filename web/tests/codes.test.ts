// Every code of the API has a Chinese sentence, and no problem or note shows English in the Chinese console.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Problem } from "../src/api/problem";
import { kTranslatedCodes, problemTextOf, sentenceOf } from "../src/i18n/zhCodes";

const kEnglish = /[A-Za-z]+ [A-Za-z]+ [A-Za-z]+/;

async function formsOf(): Promise<{ code: string; form: string }[]> {
  const text = await readFile(new URL("../../src/service/http/sentence_codes.def", import.meta.url), "utf8");
  return [...text.matchAll(/^HAINA_SENTENCE\((\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)/gm)].map(([, code, literals]) => ({
    code: code!,
    form: [...literals!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part).join(""),
  }));
}

test("every code of the API is translated", async () => {
  const forms = await formsOf();
  assert.ok(forms.length > 100, `${forms.length} forms`);
  const missing = forms.filter(({ code }) => !kTranslatedCodes.has(code)).map(({ code }) => code);
  assert.deepEqual(missing, []);
  for (const { code, form } of forms) {
    const values = (form.match(/\{\}/g) ?? []).map((_, i) => `v${i}`);
    const said = sentenceOf({ code, values });
    assert.match(said, /[\u4e00-\u9fff]/, code);
    assert.doesNotMatch(said, /undefined/, code);
    assert.doesNotMatch(said.replace(/haina [\w -]+|Content-Type/g, ""), kEnglish, `${code}: ${said}`);
  }
});

test("a sentence or problem without a known code says its values in Chinese", () => {
  assert.equal(sentenceOf({ code: "other", values: ["full"] }), "服务器另有说明：full");
  assert.equal(sentenceOf(undefined), "服务器另有说明");
  const problem = new Problem(422, "Unprocessable Content", "no field 'x'", "leave it out", "x", "new_code", ["x"]);
  assert.deepEqual(problemTextOf(problem), { title: "无法处理", detail: "有关的值：x", hint: "" });
});

test("problems say in Chinese what is wrong and what helps", () => {
  const unknown = new Problem(404, "Not Found", "unknown item 'i9'", "did you mean 'i1'?", "id", "unknown_item", [
    "i9",
  ]);
  assert.deepEqual(problemTextOf(unknown), {
    title: "未找到",
    detail: "没有物品“i9”",
    hint: "物品页可以按 ID 和标题查找",
  });
});
