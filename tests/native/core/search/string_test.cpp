#include "core/search/fold.hpp"
#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

TEST(Fold, CaseAndMarks) {
  const struct {
    const char* text;
    const char* expected;
  } rows[] = {
      {"Ana", "ana"},
      {"P\u00e9rez", "perez"},
      {"\u00c9\u00c8\u00ca\u00cb", "eeee"},
      {"Pe\u0301rez", "perez"},
      {"\u0141\u00f3d\u017a", "\u0142odz"},
      {"\u00d8re", "\u00f8re"},
      {"\u00c6\u0152", "\u00e6\u0153"},
      {"Stra\u00dfe", "stra\u00dfe"},
      {"Nguy\u1ec5n", "nguyen"},
      {"\u1e9e", "\u1e9e"},
      {"\u0391\u03b8\u03ae\u03bd\u03b1\u03c2", "\u03b1\u03b8\u03b7\u03bd\u03b1\u03c3"},
      {"\u0419\u043e\u0433\u0430", "\u0438\u043e\u0433\u0430"},
      {"\u0401\u043b\u043a\u0430", "\u0435\u043b\u043a\u0430"},
      {"\u5c71\u7530", "\u5c71\u7530"},
      {"\U0001F600x\u20dd", "\U0001F600x"},
      {"", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(folded(row.text), row.expected) << row.text;
    EXPECT_EQ(folded(folded(row.text)), row.expected) << "not stable: " << row.text;
  }
}

TEST(Fold, SurvivesCutOffSequences) {
  for (const std::string text : {"\xC3", "a\xE2\x82", "\xF0\x9F", "\x80z"}) {
    EXPECT_EQ(folded(text), text);
  }
}

TEST(Fold, StartsWithAgreesWithFolding) {
  const char* const texts[] = {"",        "P\u00e9rez",  "Pe\u0301rez", "perez",
                               "PEREZ G", "\u00c9a",     "e",           "\u0301e",
                               "\u03b1b", "Stra\u00dfe", "p\u00e9"};
  std::string scratch;
  for (const char* text : texts) {
    for (const char* needle : texts) {
      EXPECT_EQ(folded_starts_with(text, folded(needle), scratch),
                folded(text).starts_with(folded(needle)))
          << text << " / " << needle;
    }
  }
}

constexpr const char* kName =
    "\"name\":[{\"family\":\"P\u00e9rez\",\"given\":[\"Ana\",\"Mar\u00eda\"],\"prefix\":[\"Dr\"],"
    "\"use\":\"official\"}]";
constexpr const char* kAddress =
    R"("address":[{"line":["1 Main St"],"city":"San Francisco","state":"CA","postalCode":"94105","country":"US"}])";

TEST(String, StartsWith) {
  check("Patient", {
                       {"family=P", kName, "yes"},
                       {"family=perez", kName, "yes"},
                       {"family=P\u00c9REZ", kName, "yes"},
                       {"family=Pe\u0301r", kName, "yes"},
                       {"family=rez", kName, "no"},
                       {"family=perezz", kName, "no"},
                       {"given=maria", kName, "yes"},
                       {"name=Mar", kName, "yes"},
                       {"name=perez", kName, "yes"},
                       {"name=dr", kName, "yes"},
                       {"name=official", kName, "no"},
                       {"name=Ana Mar\u00eda", kName, "no"},
                       {"name=Zed,Ana", kName, "yes"},
                       {"name=Ana&name=Zed", kName, "no"},
                       {"name=Ana", "", "no"},
                       {"name=", kName, "invalid-value@13"},
                       // folded, nothing is left, with which everything starts
                       {"name=\u0301", kName, "invalid-value@13"},
                       {"name=Ana,%CC%81%CC%81", kName, "invalid-value@17"},
                       {"name:contains=\u0301", kName, "invalid-value@22"},
                       {"name:not=\u0301", kName, "invalid-value@17"},
                       {"name:exact=\u0301", kName, "no"},
                       {"address-state=CA", kAddress, "yes"},
                       {"address-state=ca", kAddress, "yes"},
                       {"address-state=CA", R"("address":[{"state":"NCA"}])", "no"},
                       {"address-city=san+fran", kAddress, "yes"},
                       {"address-postalcode=410", kAddress, "no"},
                       {"address=1 main", kAddress, "yes"},
                       {"address=us", kAddress, "yes"},
                       {"address=CA\\,NY", R"("address":[{"state":"CA,NY"}])", "yes"},
                       {"address=a|b", R"("address":[{"text":"a|b"}])", "yes"},
                       {"address=a$b", R"("address":[{"text":"a$b"}])", "yes"},
                       {"family=a", R"("name":[{"family":"\u0041b"}])", "yes"},
                       {"family=P", R"("name":[{"family":5}])", "no"},
                       {"family=P", R"("name":[{"family":{"x":"P"}}])", "no"},
                   });
}

TEST(String, ExactAndContains) {
  check("Patient", {
                       {"family:exact=P\u00e9rez", kName, "yes"},
                       {"family:exact=Perez", kName, "no"},
                       {"family:exact=p\u00e9rez", kName, "no"},
                       {"family:exact=P\u00e9r", kName, "no"},
                       {"name:exact=Ana", kName, "yes"},
                       {"family:contains=ERE", kName, "yes"},
                       {"family:contains=\u00e9r", kName, "yes"},
                       {"family:contains=x", kName, "no"},
                       {"name:contains=ari", kName, "yes"},
                       {"name:foo=Ana", kName, "unsupported-modifier@13"},
                       {"name:text=Ana", kName, "unsupported-modifier@13"},
                   });
}

TEST(String, CarefulNot) {
  check("Patient", {
                       {"family:not=Zed", kName, "yes"},
                       {"family:not=P", kName, "no"},
                       {"family:not=rez", kName, "no"},
                       {"family:not=REZ", kName, "no"},
                       {"family:not=Zed", "", "yes"},
                       {"name:not=Ana Mar\u00eda", kName, "no"},
                       {"name:not=mar\u00eda p\u00e9rez", kName, "no"},
                       {"name:not=Ana Zed", kName, "yes"},
                       {"address:not=Francisco\\, CA", kAddress, "no"},
                       {"address:not=Francisco CA", kAddress, "no"},
                       {"address:not=Boston", kAddress, "yes"},
                       {"name:not=Zed", R"("name":[{"family":5}])", "no"},
                       {"name:not=Zed", R"("name":[{"given":"Ana"}])", "yes"},
                       {"name:not=Zed", R"("name":[{}])", "no"},
                       {"name:not=Zed", R"("name":"Ana")", "no"},
                       {"name:not=Zed", R"("name":[{"given":["Ana",1]}])", "no"},
                       {"family:not=Zed", R"("name":[{"_family":{"id":"x"}}])", "no"},
                   });
}

TEST(Uri, Whole) {
  constexpr const char* kUrl = R"("url":"http://a/B/c")";
  check("ValueSet", {
                        {"url=http://a/B/c", kUrl, "yes"},
                        {"url=http://a/b/c", kUrl, "no"},
                        {"url=http://a/B", kUrl, "no"},
                        {"url=x,http://a/B/c", kUrl, "yes"},
                        {"url=http://a/B/c", "", "no"},
                        {"url:not=http://z", kUrl, "yes"},
                        {"url:not=a/b", kUrl, "no"},
                        {"url:not=http://z", "", "yes"},
                        {"url:not=http://z", R"("url":1)", "no"},
                    });
  constexpr const char* kMeta =
      R"("meta":{"profile":["http://p|1.0","http://q"],"source":"http://s#1"})";
  check("Patient", {
                       {"_profile=http://q", kMeta, "yes"},
                       {"_profile=http://p", kMeta, "no"},
                       {"_profile=http://p|1.0", kMeta, "yes"},
                       {"_profile:not=http://p", kMeta, "no"},
                       {"_source=http://s%231", kMeta, "yes"},
                       {"_source=http://s", kMeta, "no"},
                   });
}

// FHIR R4 search, section 3.1.1.4.13: a URL and all whose path begins with its segments.
TEST(Uri, AboveAndBelow) {
  constexpr const char* kUrl = R"("url":"http://a/B/c")";
  check("ValueSet", {
                        {"url:below=http://a/B/c", kUrl, "yes"},
                        {"url:below=http://a/B", kUrl, "yes"},
                        {"url:below=http://a/B/", kUrl, "yes"},
                        {"url:below=http://a", kUrl, "yes"},
                        {"url:below=http://a/b", kUrl, "no"},
                        {"url:below=http://a/B/c/d", kUrl, "no"},
                        {"url:below=http://a/B/c", R"("url":"http://a/B/cd")", "no"},
                        {"url:below=http://a", R"("url":"http://a.example.org/B")", "no"},
                        {"url:below=http://z,http://a", kUrl, "yes"},
                        {"url:above=http://a/B/c", kUrl, "yes"},
                        {"url:above=http://a/B/c/d", kUrl, "yes"},
                        {"url:above=http://a/B/c/d/e", kUrl, "yes"},
                        {"url:above=http://a/B", kUrl, "no"},
                        {"url:above=http://a/B/cd", kUrl, "no"},
                        {"url:above=http://a/B/c/d", R"("url":"http://a/B/c/")", "yes"},
                        // a path that leads elsewhere, and what has no path, lies nowhere
                        {"url:below=http://a/B", R"("url":"http://a/B/../C")", "no"},
                        {"url:below=http://a/B", R"("url":"http://a/B/%2e./C")", "no"},
                        {"url:below=http://a/B", R"("url":"http://a/B/...")", "yes"},
                        {"url:above=http://a/B", R"("url":"http:")", "no"},
                        {"url:above=http://a/B", R"("url":"http://")", "no"},
                        {"url:below=http://a", R"("url":5)", "no"},
                        {"url:below=http://a", "", "no"},
                        {"url:below=urn:oid:1", kUrl, "invalid-value@19"},
                        {"url:below=http:", kUrl, "invalid-value@19"},
                        {"url:below=http://", kUrl, "invalid-value@19"},
                        {"url:above=/a", kUrl, "invalid-value@19"},
                        {"url:below=http://a/..", kUrl, "invalid-value@19"},
                    });
}

}  // namespace
}  // namespace fhirwall::search::test
