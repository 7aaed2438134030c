#include "tests/native/core/fhirpath/typed_support.hpp"

// Existence, subsetting and combining (FHIRPath N1, 5.1, 5.3 and 5.4).
namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  const char* expression;
  const char* result;
};

constexpr std::string_view kPatient = R"({
  "resourceType": "Patient", "active": true,
  "name": [
    {"use": "official", "family": "Chalmers", "given": ["Peter", "James"]},
    {"use": "usual", "given": ["Jim"]},
    {"use": "maiden", "family": "Windsor", "given": ["Peter", "James"]}],
  "birthDate": "1974-12-25", "multipleBirthInteger": 2,
  "_gender": {"id": "g"}})";

template <std::size_t N>
void expect_all(const Case (&cases)[N], std::string_view json = kPatient) {
  for (const Case& one : cases) {
    EXPECT_EQ(eval(one.expression, json), one.result) << one.expression;
  }
}

TEST(Existence, EmptyExistsCount) {
  expect_all({
      {"name.empty()", "Boolean false"},
      {"photo.empty()", "Boolean true"},
      {"{}.empty()", "Boolean true"},
      {"gender.empty()", "Boolean false"},
      {"name.exists()", "Boolean true"},
      {"{}.exists()", "Boolean false"},
      {"name.exists(use = 'usual')", "Boolean true"},
      {"name.exists(use = 'old')", "Boolean false"},
      {"name.exists({})", "Boolean false"},
      {"name.exists($index = 2)", "Boolean true"},
      {"name.exists(given)", "error singleton-expected@5"},
      {"name.count()", "Integer 3"},
      {"{}.count()", "Integer 0"},
      {"name.given.count()", "Integer 5"},
      {"count()", "Integer 1"},
      {"name.count(1)", "refused@5 fhirpath-arity"},
  });
}

TEST(Existence, All) {
  expect_all({
      {"name.all(given.exists())", "Boolean true"},
      {"name.all(family.exists())", "Boolean false"},
      {"{}.all(false)", "Boolean true"},
      {"name.all({})", "Boolean false"},
      {"name.all(use)", "Boolean true"},
      {"name.all(given)", "error singleton-expected@5"},
      {"name.all($index < 3)", "Boolean true"},
      {"name.all()", "refused@5 fhirpath-arity"},
  });
}

TEST(Existence, BooleansOnly) {
  expect_all({
      {"(true | true).allTrue()", "Boolean true"},
      {"(true | false).allTrue()", "Boolean false"},
      {"{}.allTrue()", "Boolean true"},
      {"(true | false).anyTrue()", "Boolean true"},
      {"false.anyTrue()", "Boolean false"},
      {"{}.anyTrue()", "Boolean false"},
      {"false.combine(false).allFalse()", "Boolean true"},
      {"(true | false).allFalse()", "Boolean false"},
      {"{}.allFalse()", "Boolean true"},
      {"(true | false).anyFalse()", "Boolean true"},
      {"true.anyFalse()", "Boolean false"},
      {"{}.anyFalse()", "Boolean false"},
      {"active.allTrue()", "Boolean true"},
      {"active.combine(false).anyFalse()", "Boolean true"},
      {"1.allTrue()", "error type-mismatch@2"},
      {"name.anyTrue()", "error type-mismatch@5"},
      {"(false | 'a').allTrue()", "error type-mismatch@14"},
      {"gender.anyFalse()", "error type-mismatch@7"},
  });
}

TEST(Existence, Subsets) {
  expect_all({
      {"(1 | 2).subsetOf(1 | 2 | 3)", "Boolean true"},
      {"(1 | 4).subsetOf(1 | 2 | 3)", "Boolean false"},
      {"{}.subsetOf({})", "Boolean true"},
      {"{}.subsetOf(1)", "Boolean true"},
      {"1.subsetOf({})", "Boolean false"},
      {"1.combine(1).subsetOf(1)", "Boolean true"},
      {"(1 | 2 | 3).supersetOf(1 | 2)", "Boolean true"},
      {"(1 | 2).supersetOf(3)", "Boolean false"},
      {"{}.supersetOf({})", "Boolean true"},
      {"{}.supersetOf(1)", "Boolean false"},
      {"1.supersetOf({})", "Boolean true"},
      {"1.subsetOf(1.0)", "Boolean true"},
      {"'a'.subsetOf('A')", "Boolean false"},
      {"name.first().subsetOf($this.name)", "Boolean true"},
      {"name.given.subsetOf('Peter' | 'James' | 'Jim')", "Boolean true"},
      {"name.supersetOf(name.tail())", "Boolean true"},
      {"(@2015-02).subsetOf(@2015-02-03)", "Boolean false"},
  });
}

TEST(Existence, Distinct) {
  expect_all({
      {"name.given.distinct()", "FHIR.string 'Peter', FHIR.string 'James', FHIR.string 'Jim'"},
      {"{}.distinct()", "{}"},
      {"1.combine(1.0).combine(2).distinct()", "Integer 1, Integer 2"},
      {"name.given.isDistinct()", "Boolean false"},
      {"name.isDistinct()", "Boolean true"},
      {"name.combine(name).distinct().count()", "Integer 3"},
      {"{}.isDistinct()", "Boolean true"},
      {"1.isDistinct()", "Boolean true"},
      {"'1'.combine(1).isDistinct()", "Boolean true"},
      {"('\\u00e9' | 'e' | '\\u00e9').count()", "Integer 2"},
      {"birthDate.combine(@1974-12-25).isDistinct()", "Boolean false"},
      {"(4 'g').combine(4000 'mg').distinct()", "Quantity 4 'g'"},
      {"gender.combine(gender).distinct().count()", "Integer 1"},
  });
}

// More items than are compared one by one: found by their hash, with the same answers.
TEST(Existence, LargeCollections) {
  const std::string many = "(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20)";
  const std::string twice = many + ".combine(" + many + ")";
  EXPECT_EQ(eval(twice + ".distinct().count()"), "Integer 20");
  EXPECT_EQ(eval(twice + ".select($this / 1).combine(" + many + ").distinct().count()"),
            "Integer 20");
  EXPECT_EQ(eval(twice + ".select($this.toString()).distinct().count()"), "Integer 20");
  EXPECT_EQ(eval(many + ".combine(20 '1').combine(21 '1').distinct().count()"), "Integer 21");
  EXPECT_EQ(eval("(20 '1').combine(" + many + ").distinct().count()"), "Integer 20");
  EXPECT_EQ(eval(many + ".subsetOf(" + twice + ")"), "Boolean true");
  EXPECT_EQ(eval(many + ".combine(0).subsetOf(" + twice + ")"), "Boolean false");
  EXPECT_EQ(eval(many + ".exclude(" + twice + ").count()"), "Integer 0");
  EXPECT_EQ(eval(twice + ".intersect(3 | 4.0).count()"), "Integer 2");
  EXPECT_EQ(
      eval(many + ".select(@2015-01-01T10:00Z + (($this.toString() & ' hours').toQuantity()))" +
           ".combine(@2015-01-01T23:30+12:30).distinct().count()"),
      "Integer 20");
}

// Nodes are the same by what they hold, in whatever order and spelling.
TEST(Existence, LargeCollectionsOfNodes) {
  std::string json = R"({"resourceType": "Patient", "name": [)";
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i % 20);
    json += i == 0 ? "" : ",";
    json += i % 2 == 0 || i < 20
                ? R"({"family": "F)" + n + R"(", "period": {"start": "2015-01-01"}})"
                : R"({"period": {"start": "2015-01-01"}, "family": "\u0046)" + n + R"("})";
  }
  json += "]}";
  EXPECT_EQ(eval("name.distinct().count()", json), "Integer 20");
  EXPECT_EQ(eval("name.isDistinct()", json), "Boolean false");
  EXPECT_EQ(eval("name.skip(20).subsetOf(name.take(20))", json), "Boolean true");
  EXPECT_EQ(eval("name.exclude(name.take(10)).count()", json), "Integer 20");
  EXPECT_EQ(eval("(name | name).count()", json), "Integer 20");
}

// Numbers and moments inside nodes are compared by value, so they are no part of a hash.
TEST(Existence, LargeCollectionsOfNodesByValue) {
  std::string json = R"({"resourceType": "Bundle", "entry": [)";
  for (int i = 0; i < 40; ++i) {
    json += i == 0 ? "" : ",";
    json += R"({"resource": {"resourceType": "Observation", "id": "o)";
    json += std::to_string(i % 20);
    json +=
        i < 20
            ? R"(", "effectiveDateTime": "2015-01-01T10:00:00Z", "valueQuantity": {"value": 1.0}}})"
            : R"(", "effectiveDateTime": "2015-01-01T12:00:00+02:00", "valueQuantity": {"value": 1.00}}})";
  }
  json += "]}";
  EXPECT_EQ(eval("entry.resource.distinct().count()", json), "Integer 20");
  EXPECT_EQ(eval("entry.distinct().count()", json), "Integer 20");
  EXPECT_EQ(eval("entry.resource.effective.distinct().count()", json), "Integer 1");
  EXPECT_EQ(eval("entry.resource.value.distinct().count()", json), "Integer 1");
}

TEST(Subsetting, ByPosition) {
  expect_all({
      {"name.first().use", "FHIR.code 'official'"},
      {"name.last().use", "FHIR.code 'maiden'"},
      {"name.tail().use", "FHIR.code 'usual', FHIR.code 'maiden'"},
      {"{}.first()", "{}"},
      {"{}.last()", "{}"},
      {"{}.tail()", "{}"},
      {"1.tail()", "{}"},
      {"active.single()", "FHIR.boolean true"},
      {"{}.single()", "{}"},
      {"name.single()", "error singleton-expected@5"},
      {"(1 | 2 | 3).skip(1)", "Integer 2, Integer 3"},
      {"(1 | 2 | 3).skip(0).count()", "Integer 3"},
      {"(1 | 2 | 3).skip(-1).count()", "Integer 3"},
      {"(1 | 2 | 3).skip(3)", "{}"},
      {"(1 | 2 | 3).skip(2147483647)", "{}"},
      {"(1 | 2 | 3).skip({})", "{}"},
      {"(1 | 2 | 3).skip('1')", "error type-mismatch@12"},
      {"(1 | 2 | 3).skip(1 | 2)", "error singleton-expected@12"},
      {"(1 | 2 | 3).take(2)", "Integer 1, Integer 2"},
      {"(1 | 2 | 3).take(0)", "{}"},
      {"(1 | 2 | 3).take(-5)", "{}"},
      {"(1 | 2 | 3).take(9).count()", "Integer 3"},
      {"(1 | 2 | 3).take({})", "{}"},
      {"(1 | 2 | 3).take(1.5)", "error type-mismatch@12"},
      {"name.take(multipleBirth).count()", "Integer 2"},
      {"{}.take(1)", "{}"},
  });
}

TEST(Subsetting, ByMembership) {
  expect_all({
      {"(1 | 2 | 3).intersect(2 | 3 | 4)", "Integer 2, Integer 3"},
      {"1.combine(1).intersect(1)", "Integer 1"},
      {"{}.intersect(1)", "{}"},
      {"1.intersect({})", "{}"},
      {"1.intersect(1.00)", "Integer 1"},
      {"name.intersect(name.where(use = 'usual')).given", "FHIR.string 'Jim'"},
      {"(1 | 2 | 3).exclude(2)", "Integer 1, Integer 3"},
      {"1.combine(1).exclude(2)", "Integer 1, Integer 1"},
      {"name.given.exclude('Peter' | 'Jim')", "FHIR.string 'James', FHIR.string 'James'"},
      {"{}.exclude(1)", "{}"},
      {"1.exclude({})", "Integer 1"},
      {"(1 | 'a').exclude('a')", "Integer 1"},
  });
}

TEST(Combining, UnionAndCombine) {
  expect_all({
      {"1.union(2).union(1)", "Integer 1, Integer 2"},
      {"1.combine(1).union({})", "Integer 1"},
      {"{}.union({})", "{}"},
      {"name.given.union(name.family).count()", "Integer 5"},
      {"name.select(use.union(given)).count()", "Integer 8"},
      {"1.combine(2)", "Integer 1, Integer 2"},
      {"1.combine(1)", "Integer 1, Integer 1"},
      {"{}.combine('a')", "String 'a'"},
      {"1.combine({})", "Integer 1"},
      {"3.combine(1, true)", "Integer 3, Integer 1"},
      {"3.combine(1, {})", "Integer 3, Integer 1"},
      {"3.combine(1, 'yes')", "error type-mismatch@2"},
      {"3.combine(1, true | false)", "error singleton-expected@2"},
      {"3.combine()", "refused@2 fhirpath-arity"},
  });
}

// Work is counted, so that copies of copies end.
TEST(Combining, DoublingEnds) {
  std::string expression = "(1 | 2).combine(3)";
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    expression += ".select($this)";
  }
  EXPECT_EQ(eval(expression + ".count()"), "Integer 3");
  std::string doubling = "defineVariable('v0', 1 | 2)";
  for (int i = 0; i < 30; ++i) {
    const std::string n = "%v" + std::to_string(i);
    doubling += ".defineVariable('v" + std::to_string(i + 1) + "', " + n + ".combine(" + n + "))";
  }
  EXPECT_EQ(eval(doubling + ".select(%v30).count()"), "error expression-too-complex@0");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
