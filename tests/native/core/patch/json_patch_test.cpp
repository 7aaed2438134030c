#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/native/core/patch/support.hpp"

namespace fhirwall::patch {
namespace {

using testing::run;

struct Case {
  const char* target;  // behind `{"resourceType":"Basic"`
  const char* patch;
  const char* expected;  // likewise; or a refusal
};

std::string resource(std::string_view rest) {
  return "{\"resourceType\":\"Basic\"" + std::string(rest) + "}";
}

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const std::string result = run(Format::kJsonPatch, one.patch, resource(one.target)).result;
    const bool refused = one.expected[0] == '!' || one.expected[0] == '?';
    EXPECT_EQ(result, refused ? one.expected : resource(one.expected))
        << one.patch << " on " << one.target;
  }
}

// The operations of RFC 6902, appendix A.
TEST(JsonPatch, AppendixA) {
  check({
      // A.1 to A.6
      {R"(,"foo":"bar")", R"([{"op":"add","path":"/baz","value":"qux"}])",
       R"(,"foo":"bar","baz":"qux")"},
      {R"(,"foo":["bar","baz"])", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
       R"(,"foo":["bar","qux","baz"])"},
      {R"(,"baz":"qux","foo":"bar")", R"([{"op":"remove","path":"/baz"}])", R"(,"foo":"bar")"},
      {R"(,"foo":["bar","qux","baz"])", R"([{"op":"remove","path":"/foo/1"}])",
       R"(,"foo":["bar","baz"])"},
      {R"(,"baz":"qux","foo":"bar")", R"([{"op":"replace","path":"/baz","value":"boo"}])",
       R"(,"baz":"boo","foo":"bar")"},
      {R"(,"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"})",
       R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
       R"(,"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"})"},
      // A.7 to A.10
      {R"(,"foo":["all","grass","cows","eat"])",
       R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
       R"(,"foo":["all","cows","eat","grass"])"},
      {R"(,"baz":"qux","foo":["a",2,"c"])",
       R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
       R"(,"baz":"qux","foo":["a",2,"c"])"},
      {R"(,"baz":"qux")", R"([{"op":"test","path":"/baz","value":"bar"}])", "!test-failed 0"},
      {R"(,"foo":"bar")", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
       R"(,"foo":"bar","child":{"grandchild":{}})"},
      // A.11: members that are not known are ignored
      {R"(,"foo":"bar")", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])",
       R"(,"foo":"bar","baz":"qux")"},
      // A.12
      {R"(,"foo":"bar")", R"([{"op":"add","path":"/baz/bat","value":"qux"}])", "!not-found 0"},
      // A.14 to A.16
      {R"(,"/":9,"~1":10)", R"([{"op":"test","path":"/~01","value":10}])", R"(,"/":9,"~1":10)"},
      {R"(,"/":9,"~1":10)", R"([{"op":"test","path":"/~01","value":"10"}])", "!test-failed 0"},
      {R"(,"foo":["bar"])", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
       R"(,"foo":["bar",["abc","def"]])"},
  });
  // A.13: two members `op` are no JSON that is accepted.
  EXPECT_EQ(run(Format::kJsonPatch, R"([{"op":"add","path":"/baz","value":"qux","op":"remove"}])",
                resource(""))
                .result,
            "(no JSON)");
}

TEST(JsonPatch, Add) {
  check({
      {"", R"([])", ""},
      {"", R"([{"op":"add","path":"/a","value":null}])", R"(,"a":null)"},
      {R"(,"a":1)", R"([{"op":"add","path":"/a","value":2}])", R"(,"a":2)"},
      {R"(,"a":[])", R"([{"op":"add","path":"/a/0","value":1}])", R"(,"a":[1])"},
      {R"(,"a":[ ])", R"([{"op":"add","path":"/a/-","value":1}])", R"(,"a":[1 ])"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/1","value":2}])", R"(,"a":[1,2])"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/0","value":0}])", R"(,"a":[0,1])"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/2","value":2}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/01","value":2}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/+1","value":2}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/-1","value":2}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/1e0","value":2}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/","value":2}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/4294967296","value":2}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/99999999999999999999","value":2}])",
       "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"add","path":"/a/length","value":2}])", "!not-found 0"},
      {R"(,"a":"x")", R"([{"op":"add","path":"/a/0","value":2}])", "!not-found 0"},
      {R"(,"a":{})", R"([{"op":"add","path":"/a/0","value":2}])", R"(,"a":{"0":2})"},
      {R"(,"a":{})", R"([{"op":"add","path":"/a/-","value":2}])", R"(,"a":{"-":2})"},
      {R"(,"a":{})", R"([{"op":"add","path":"/a/","value":2}])", R"(,"a":{"":2})"},
      {"", R"([{"op":"add","path":"/a~1b~0c","value":1}])", R"(,"a/b~c":1)"},
      {"", R"([{"op":"add","path":"/a\"\\\n","value":1}])", R"(,"a\"\\\n":1)"},
      {R"(,"\u0061":1)", R"([{"op":"add","path":"/a","value":2}])", R"(,"\u0061":2)"},
      {R"(,"a":{"b":[{"c":1}]})", R"([{"op":"add","path":"/a/b/0/d","value":[]}])",
       R"(,"a":{"b":[{"c":1,"d":[]}]})"},
  });
}

TEST(JsonPatch, RemoveAndReplace) {
  check({
      {R"(,"a":[1,2,3])", R"([{"op":"remove","path":"/a/0"}])", R"(,"a":[2,3])"},
      {R"(,"a":[1,2,3])", R"([{"op":"remove","path":"/a/2"}])", R"(,"a":[1,2])"},
      {R"(,"a":[1])", R"([{"op":"remove","path":"/a/0"}])", R"(,"a":[])"},
      {R"(,"a":[1])", R"([{"op":"remove","path":"/a/1"}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"remove","path":"/a/-"}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"remove","path":"/a/00"}])", "!not-found 0"},
      {R"(,"a":null)", R"([{"op":"remove","path":"/a"}])", ""},
      {"", R"([{"op":"remove","path":"/a"}])", "!not-found 0"},
      {"", R"([{"op":"replace","path":"/a","value":1}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"replace","path":"/a/-","value":1}])", "!not-found 0"},
      {R"(,"a":[1,2])", R"([{"op":"replace","path":"/a/1","value":{"b":[]}}])",
       R"(,"a":[1,{"b":[]}])"},
      {R"(,"a":null)", R"([{"op":"replace","path":"/a","value":1.50}])", R"(,"a":1.50)"},
      {R"(,"a":{"b":1,"c":2})", R"([{"op":"remove","path":"/a/b"},{"op":"remove","path":"/a/c"}])",
       R"(,"a":{})"},
  });
}

TEST(JsonPatch, MoveAndCopy) {
  check({
      {R"(,"a":1)", R"([{"op":"move","from":"/a","path":"/b"}])", R"(,"b":1)"},
      {R"(,"a":1,"b":2)", R"([{"op":"move","from":"/a","path":"/b"}])", R"(,"b":1)"},
      {R"(,"a":1,"b":2)", R"([{"op":"move","from":"/a","path":"/a"}])", R"(,"a":1,"b":2)"},
      {R"(,"a":[1,2,3])", R"([{"op":"move","from":"/a/2","path":"/a/0"}])", R"(,"a":[3,1,2])"},
      {R"(,"a":[1,2,3])", R"([{"op":"move","from":"/a/0","path":"/a/-"}])", R"(,"a":[2,3,1])"},
      {R"(,"a":[1,2,3])", R"([{"op":"move","from":"/a/0","path":"/a/3"}])", "!not-found 0"},
      {R"(,"a":{"b":1})", R"([{"op":"move","from":"/a","path":"/a/b"}])", "!malformed 0"},
      {R"(,"a":{"b":1})", R"([{"op":"move","from":"","path":"/b"}])", "!malformed 0"},
      {R"(,"a":{"b":1})", R"([{"op":"move","from":"/a/b","path":"/a"}])", R"(,"a":1)"},
      {R"(,"a":{"b":1},"ab":{})", R"([{"op":"move","from":"/a","path":"/ab/c"}])",
       R"(,"ab":{"c":{"b":1}})"},
      {"", R"([{"op":"move","from":"/a","path":"/b"}])", "!not-found 0"},
      {R"(,"a":1)", R"([{"op":"move","from":"/a","path":"/b/c"}])", "!not-found 0"},
      {R"(,"a":{ "b" : 1 })", R"([{"op":"copy","from":"/a","path":"/c"}])",
       R"(,"a":{ "b" : 1 },"c":{ "b" : 1 })"},
      {R"(,"a":[1,2])", R"([{"op":"copy","from":"/a/0","path":"/a/1"}])", R"(,"a":[1,1,2])"},
      {R"(,"a":{"b":1})", R"([{"op":"copy","from":"/a","path":"/a/c"}])",
       R"(,"a":{"b":1,"c":{"b":1}})"},
      {R"(,"a":null)", R"([{"op":"copy","from":"/a","path":"/b"}])", R"(,"a":null,"b":null)"},
      {R"(,"a":1)", R"([{"op":"copy","from":"/b","path":"/a"}])", "!not-found 0"},
      {R"(,"a":[1])", R"([{"op":"copy","from":"/a/-","path":"/b"}])", "!not-found 0"},
  });
}

TEST(JsonPatch, TestComparesValues) {
  struct Pair {
    const char* a;
    const char* b;
    bool same;
  };
  const Pair pairs[] = {
      {"1", "1.0", true},
      {"100", "1e2", true},
      {"1.50", "15E-1", true},
      {"-0", "0.0e5", true},
      {"0.1", "0.10000000000000000000000000000000000000000000000001", false},
      {"12345678901234567890123456789012345678901234567890",
       "1234567890123456789012345678901234567890123456789e1", true},
      {"12345678901234567890123456789012345678901234567890",
       "12345678901234567890123456789012345678901234567891", false},
      {"1", "-1", false},
      {"1e400", "10e399", true},
      {"1e99999999999999999999", "1e99999999999999999999", true},
      {"1e99999999999999999999", "1e99999999999999999998", false},
      {"1", "\"1\"", false},
      {"0", "false", false},
      {"null", "false", false},
      {"null", "null", true},
      {"true", "true", true},
      {R"("a/b")", R"("a\/b")", true},
      {R"("\u00e9")", "\"\xC3\xA9\"", true},
      {R"("e\u0301")", "\"\xC3\xA9\"", false},
      {R"("a")", R"("A")", false},
      {R"([1,[2]])", R"([1.0,[ 2 ]])", true},
      {"[1,2]", "[2,1]", false},
      {"[1]", "[1,1]", false},
      {"[]", "{}", false},
      {R"({"a":1,"b":{"c":[]}})", R"({"b":{"c":[]},"a":1})", true},
      {R"({"a":1})", R"({"\u0061":1})", true},
      {R"({"a":1})", R"({"a":1,"b":1})", false},
      {R"({"a":1,"c":1})", R"({"a":1,"b":1})", false},
      {R"({"a":{"b":1}})", R"({"a":{"b":2}})", false},
      {"[[[[]]]]", "[[[{}]]]", false},
  };
  for (const Pair& pair : pairs) {
    const std::string target = resource(",\"v\":" + std::string(pair.a));
    const std::string patch = R"([{"op":"test","path":"/v","value":)" + std::string(pair.b) + "}]";
    EXPECT_EQ(run(Format::kJsonPatch, patch, target).result, pair.same ? target : "!test-failed 0")
        << pair.a << " and " << pair.b;
  }
  check({
      {"", R"([{"op":"test","path":"/a","value":null}])", "!not-found 0"},
      {"", R"([{"op":"test","path":"","value":{"resourceType":"Basic"}}])", ""},
      {R"(,"":1)", R"([{"op":"test","path":"/","value":1}])", R"(,"":1)"},
      {R"(,"a":1)", R"([{"op":"add","path":"/b","value":2},{"op":"test","path":"/a","value":2}])",
       "!test-failed 1"},
  });
}

TEST(JsonPatch, Malformed) {
  check({
      {"", R"({})", "!malformed 0"},
      {"", R"("add")", "!malformed 0"},
      {"", R"([1])", "!malformed 0"},
      {"", R"([{}])", "!malformed 0"},
      {"", R"([{"op":"spam","path":"/a","value":1}])", "!malformed 0"},
      {"", R"([{"op":"Add","path":"/a","value":1}])", "!malformed 0"},
      {"", R"([{"op":1,"path":"/a","value":1}])", "!malformed 0"},
      {"", R"([{"path":"/a","value":1}])", "!malformed 0"},
      {"", R"([{"op":"add","value":1}])", "!malformed 0"},
      {"", R"([{"op":"add","path":"/a"}])", "!malformed 0"},
      {"", R"([{"op":"test","path":"/a"}])", "!malformed 0"},
      {"", R"([{"op":"replace","path":"/a"}])", "!malformed 0"},
      {"", R"([{"op":"move","path":"/a"}])", "!malformed 0"},
      {"", R"([{"op":"copy","path":"/a","from":1}])", "!malformed 0"},
      {"", R"([{"op":"add","path":null,"value":1}])", "!malformed 0"},
      {"", R"([{"op":"add","path":"a","value":1}])", "!malformed 0"},
      {"", R"([{"op":"add","path":"/a~","value":1}])", "!malformed 0"},
      {"", R"([{"op":"add","path":"/a~2","value":1}])", "!malformed 0"},
      {"", R"([{"op":"copy","from":"~0","path":"/a"}])", "!malformed 0"},
      // The whole patch is looked at before anything is done.
      {"", R"([{"op":"test","path":"/none","value":1},{"op":"x","path":"/a"}])", "!malformed 1"},
  });
}

TEST(JsonPatch, TheResultIsThatResource) {
  check({
      {"", R"([{"op":"remove","path":""}])", "!result-wrong 0"},
      {"", R"([{"op":"remove","path":"/resourceType"}])", "!result-wrong 0"},
      {"", R"([{"op":"replace","path":"/resourceType","value":"Patient"}])", "!result-wrong 0"},
      {"", R"([{"op":"replace","path":"/resourceType","value":1}])", "!result-wrong 0"},
      {"", R"([{"op":"replace","path":"/resourceType","value":"Basic"}])", ""},
      {"", R"([{"op":"replace","path":"","value":[]}])", "!result-wrong 0"},
      {"", R"([{"op":"add","path":"","value":null}])", "!result-wrong 0"},
      {"", R"([{"op":"add","path":"","value":{"resourceType":"Patient"}}])", "!result-wrong 0"},
      {R"(,"a":1)", R"([{"op":"replace","path":"","value":{"resourceType":"Basic","b":2}}])",
       R"(,"b":2)"},
      {R"(,"a":{"resourceType":"Basic","c":3})", R"([{"op":"move","from":"/a","path":""}])",
       R"(,"c":3)"},
      {R"(,"a":{"c":3})", R"([{"op":"copy","from":"/a","path":""}])", "!result-wrong 0"},
      {R"(,"a":1)", R"([{"op":"move","from":"/resourceType","path":"/b"}])", "!result-wrong 0"},
  });
  EXPECT_EQ(run(Format::kJsonPatch, "[]", "[]").result, "!result-wrong 0");
  EXPECT_EQ(run(Format::kJsonPatch, "[]", "{}").result, "!result-wrong 0");
  EXPECT_EQ(run(Format::kJsonPatch, "[]", "{").result, "?invalid-json");
}

TEST(JsonPatch, UntouchedBytesStay) {
  const std::string before =
      " {\n  \"resourceType\" : \"Basic\",\n  \"a\" : 1.50,\n  \"b\" : [ 1 , \"\\u0041\" ],\n"
      "  \"c\" : { }\n} ";
  EXPECT_EQ(run(Format::kJsonPatch,
                R"([{"op":"replace","path":"/a","value":2},{"op":"add","path":"/b/1","value":[]}])",
                before)
                .result,
            " {\n  \"resourceType\" : \"Basic\",\n  \"a\" : 2,\n  \"b\" : [ 1 , [],\"\\u0041\" ],\n"
            "  \"c\" : { }\n} ");
  EXPECT_EQ(
      run(Format::kJsonPatch, R"([{"op":"remove","path":"/c"}])", before).result,
      " {\n  \"resourceType\" : \"Basic\",\n  \"a\" : 1.50,\n  \"b\" : [ 1 , \"\\u0041\" ]\n} ");
}

// SPEC 9.6: what is asked, before anything is found out.
TEST(JsonPatch, Protected) {
  struct Protected {
    const char* patch;
    const char* expected;
    std::vector<std::string> asked;
  };
  const std::string target = resource(R"(,"list":[{"a":1},{"b":[[2]]}],"x":{"0":{"y":1}},"v":3)");
  const std::vector<std::string> hidden{"secret", "list.c", "x.h"};
  const Protected cases[] = {
      {R"([{"op":"test","path":"/list/1/b/0/0","value":2}])", nullptr, {"list.b"}},
      {R"([{"op":"test","path":"/x/0/y","value":1}])", nullptr, {"x.0.y"}},
      {R"([{"op":"add","path":"/list/0/c","value":1}])", "!protected 0", {"list.c"}},
      {R"([{"op":"add","path":"/list/-","value":{}}])", "!protected 0", {"list"}},
      {R"([{"op":"add","path":"/list/9/c/d","value":1}])", "!protected 0", {"list.c.d"}},
      {R"([{"op":"test","path":"/list/01/c","value":1}])", "!protected 0", {"list.c"}},
      {R"([{"op":"test","path":"/none/0/-/e","value":1}])", "!not-found 0", {"none.e"}},
      {R"([{"op":"test","path":"/v/0/e","value":1}])", "!not-found 0", {"v.e"}},
      {R"([{"op":"test","path":"/secret","value":1}])", "!protected 0", {"secret"}},
      {R"([{"op":"remove","path":"/x"}])", "!protected 0", {"x"}},
      {R"([{"op":"replace","path":"","value":{"resourceType":"Basic"}}])", "!protected 0", {""}},
      {R"([{"op":"copy","from":"/secret","path":"/v"}])", "!protected 0", {"v", "secret"}},
      {R"([{"op":"move","from":"/v","path":"/secret/d"}])", "!protected 0", {"secret.d"}},
      {R"([{"op":"move","from":"/secret","path":"/secret/d"}])", "!protected 0", {"secret.d"}},
      {R"([{"op":"copy","from":"","path":"/v"}])", "!protected 0", {"v", ""}},
      {R"([{"op":"test","path":"/v","value":3},{"op":"remove","path":"/secret"}])",
       "!protected 1",
       {"v", "secret"}},
      {R"([{"op":"remove"},{"op":"remove","path":"/secret"}])", "!malformed 0", {}},
  };
  for (const Protected& one : cases) {
    const testing::Run result = run(Format::kJsonPatch, one.patch, target, hidden);
    EXPECT_EQ(result.result, one.expected == nullptr ? target : one.expected) << one.patch;
    EXPECT_EQ(result.asked, one.asked) << one.patch;
  }
}

// What was an array on the way becomes an object when an item in front goes: its member name
// counts.
TEST(JsonPatch, ProtectedAfterTheMove) {
  const std::string target = resource(R"(,"l":[1,[],{"7":1}])");
  EXPECT_EQ(
      run(Format::kJsonPatch, R"([{"op":"move","from":"/l/0","path":"/l/1/7"}])", target, {"l.7.x"})
          .result,
      "!protected 0");
}

TEST(JsonPatch, Bounds) {
  Limits limits;
  limits.max_resource_bytes = 2000;
  // Every copy doubles it.
  const std::string bomb =
      R"([{"op":"add","path":"/a","value":"0123456789"},)"
      R"({"op":"copy","from":"","path":"/b"},{"op":"copy","from":"","path":"/c"},)"
      R"({"op":"copy","from":"","path":"/d"},{"op":"copy","from":"","path":"/e"},)"
      R"({"op":"copy","from":"","path":"/f"},{"op":"copy","from":"","path":"/g"},)"
      R"({"op":"copy","from":"","path":"/h"},{"op":"replace","path":"","value":1}])";
  EXPECT_EQ(run(Format::kJsonPatch, bomb, resource(""), {}, limits).result, "?too-large");
  EXPECT_EQ(run(Format::kJsonPatch, "[]", resource(std::string(2000, ' ')), {}, limits).result,
            "?too-large");

  limits = {};
  limits.max_depth = 4;
  EXPECT_EQ(run(Format::kJsonPatch, R"([{"op":"add","path":"/a","value":[[[]]]}])", resource(""),
                {}, limits)
                .result,
            resource(R"(,"a":[[[]]])"));
  EXPECT_EQ(run(Format::kJsonPatch, R"([{"op":"add","path":"/a","value":[[[[]]]]}])", resource(""),
                {}, limits)
                .result,
            "?too-deep");

  const auto many = [](std::uint32_t count) {
    std::string patch = "[";
    for (std::uint32_t i = 0; i < count; ++i) {
      patch += i == 0 ? "" : ",";
      patch += R"({"op":"add","path":"/a","value":1})";
    }
    return patch + "]";
  };
  EXPECT_EQ(run(Format::kJsonPatch, many(kMaxOperations), resource("")).result,
            resource(R"(,"a":1)"));
  EXPECT_EQ(run(Format::kJsonPatch, many(kMaxOperations + 1), resource("")).result, "?too-large");

  // The work of all operations together is bounded, too.
  limits = {};
  limits.max_resource_bytes = 4000;
  EXPECT_EQ(run(Format::kJsonPatch, many(100), resource(std::string(3900, ' ')), {}, limits).result,
            "?too-large");
}

TEST(Patch, NamesAreStable) {
  EXPECT_EQ(refusal_name(Refusal::kNone), "none");
  EXPECT_EQ(refusal_name(Refusal::kMalformed), "malformed");
  EXPECT_EQ(refusal_name(Refusal::kNotFound), "not-found");
  EXPECT_EQ(refusal_name(Refusal::kTestFailed), "test-failed");
  EXPECT_EQ(refusal_name(Refusal::kProtected), "protected");
  EXPECT_EQ(refusal_name(Refusal::kResultWrong), "result-wrong");
}

}  // namespace
}  // namespace fhirwall::patch
