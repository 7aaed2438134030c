#include <cstdio>
#include <cstdlib>

#include "tests/native/core/fhirpath/conformance_support.hpp"

// The public suites. They are no part of this project: the tests run where they are stored beside
// it, and say so where not. What is known to differ, and why: tests/conformance/exceptions.json.
//
// FHIRWALL_CONFORMANCE=<prefix of ids> runs and prints only those.
namespace fhirwall::fhirpath::test {
namespace {

const std::string kFolder = FHIRWALL_SOURCE_DIR "/../shared/fhirpath/";
constexpr std::size_t kMaxPrinted = 400;

std::string wanted_prefix() {
  const char* prefix = std::getenv("FHIRWALL_CONFORMANCE");
  return prefix == nullptr ? "" : prefix;
}

std::set<std::string> ids_of(Files& files, const std::string& path, const char* kind = nullptr) {
  std::set<std::string> ids;
  const Resource* file = files.load(path);
  EXPECT_NE(file, nullptr) << path;
  if (file != nullptr) {
    for (const Json& one : Json{&file->document(), 0}.children()) {
      if (kind == nullptr || one["kind"].is(kind)) {
        ids.insert(one["id"].text());
      }
    }
  }
  return ids;
}

class Suite {
 public:
  Suite(const char* title, const char* file, const char* inputs, bool community)
      : title_(title), file_(kFolder + file), inputs_(kFolder + inputs), community_(community) {}

  [[nodiscard]] bool present() { return files_.load(file_) != nullptr; }

  // Every id must agree or be listed; a listed one must not agree.
  void run(const std::set<std::string>& left_out) {
    const std::string prefix = wanted_prefix();
    const auto exceptions =
        ids_of(files_, FHIRWALL_SOURCE_DIR "/tests/conformance/exceptions.json");
    for (const Json& test : Json{&files_.load(file_)->document(), 0}.children()) {
      const std::string id = test["id"].text();
      if (left_out.contains(id) || test["disabledUpstream"].is("true") || !id.starts_with(prefix)) {
        continue;
      }
      const Json name = test["inputfile"];
      const Resource* input = name ? files_.load(inputs_ + name.text()) : &nothing_;
      ASSERT_NE(input, nullptr) << id;
      const Verdict verdict = run_test(test, *input, community_);
      ++count_;
      agreed_ += verdict.agrees ? 1 : 0;
      const bool listed = exceptions.contains(id);
      listed_ += listed ? 1 : 0;
      if (verdict.scale_differs) {
        std::printf("  scale differs: %s: got %s, expected %s\n", id.c_str(), verdict.got.c_str(),
                    verdict.expected.c_str());
      }
      if (verdict.agrees == listed) {
        ++unexpected_;
      }
      if (verdict.agrees == listed || !prefix.empty()) {
        print(id, test, verdict, listed);
      }
    }
    std::printf("%s: %zu of %zu, %zu listed as exceptions, %zu unexpected\n", title_, agreed_,
                count_, listed_, unexpected_);
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t agreed() const { return agreed_; }
  [[nodiscard]] std::size_t unexpected() const { return unexpected_; }

 private:
  void print(const std::string& id, const Json& test, const Verdict& verdict, bool listed) {
    if (++printed_ > kMaxPrinted) {
      return;
    }
    std::printf("  %s %s\n    %s\n    got      %.300s\n    expected %.300s\n",
                verdict.agrees ? (listed ? "agrees though listed" : "agrees") : "differs",
                id.c_str(), test["expression"].text().c_str(), verdict.got.c_str(),
                verdict.expected.c_str());
  }

  const char* title_;
  std::string file_;
  std::string inputs_;
  bool community_;
  Files files_;
  Resource nothing_{"{}"};
  std::size_t count_ = 0;
  std::size_t agreed_ = 0;
  std::size_t listed_ = 0;
  std::size_t unexpected_ = 0;
  std::size_t printed_ = 0;
};

#define FHIRWALL_SKIP_WITHOUT(suite)                                     \
  if (!(suite).present()) {                                              \
    GTEST_SKIP() << "skipped: the public suites are not in " << kFolder; \
  }

std::set<std::string> disputed(const char* kind = nullptr) {
  Files files;
  return ids_of(files, kFolder + "disputed-r4.json", kind);
}

TEST(Conformance, OfficialR4) {
  Suite suite("official R4, undisputed", "official-r4.json", "input/", false);
  FHIRWALL_SKIP_WITHOUT(suite)
  suite.run(disputed());
  EXPECT_TRUE(!wanted_prefix().empty() || suite.agreed() >= 627);
  EXPECT_EQ(suite.unexpected(), 0u);
}

// What no evaluation can tell, but a check before it: unknown elements, another root type, order
// where there is none.
TEST(Conformance, OfficialR4Static) {
  Files files;
  const Resource* suite = files.load(kFolder + "official-r4.json");
  if (suite == nullptr) {
    GTEST_SKIP() << "skipped: the public suites are not in " << kFolder;
  }
  const auto rows = disputed("static");
  std::size_t count = 0;
  for (const Json& test : Json{&suite->document(), 0}.children()) {
    const std::string id = test["id"].text();
    if (!rows.contains(id)) {
      continue;
    }
    const Resource* input = files.load(kFolder + "input/" + test["inputfile"].text());
    ASSERT_NE(input, nullptr) << id;
    CompileOptions options;
    options.strict = true;
    options.focus = fhir::find_resource_type(Json{&input->document(), 0}["resourceType"].text());
    ASSERT_NE(options.focus, fhir::TypeId::kNone) << id;
    EXPECT_FALSE(compile(test["expression"].text(), options).program) << id;
    ++count;
  }
  EXPECT_EQ(count, 5u);
}

TEST(Conformance, OfficialR5Additions) {
  Suite suite("official R5 additions", "official-r5-delta.json", "input/", false);
  FHIRWALL_SKIP_WITHOUT(suite)
  suite.run({});
  EXPECT_TRUE(!wanted_prefix().empty() || suite.agreed() >= 69);
  EXPECT_EQ(suite.unexpected(), 0u);
}

TEST(Conformance, Community) {
  Suite suite("community", "community.json", "community-input/", true);
  FHIRWALL_SKIP_WITHOUT(suite)
  suite.run({});
  EXPECT_TRUE(!wanted_prefix().empty() || suite.agreed() >= 1138);
  EXPECT_EQ(suite.unexpected(), 0u);
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
