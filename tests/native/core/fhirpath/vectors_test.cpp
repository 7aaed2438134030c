#include <cstdio>

#include "tests/native/core/fhirpath/conformance_support.hpp"

// The project's own cases, tests/vectors/fhirpath.json: the same file runs through the JavaScript
// API. Its README says what the fields mean.
namespace fhirwall::fhirpath::test {
namespace {

// Days since 1970 of a date of the proleptic Gregorian calendar.
std::int64_t days_of(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400;
  const int in_era = y - era * 400;
  const int in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097LL + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

void set_now(EvalOptions& options, const std::string& text) {
  const auto now = fhir::parse_datetime_value(text);
  ASSERT_TRUE(now && now->zone) << text;
  options.zone_minutes = *now->zone;
  options.now_ms = ((days_of(now->year, now->month, now->day) * 24 + now->hour) * 60 + now->minute -
                    *now->zone) *
                       60000 +
                   now->second * 1000 + now->nanosecond / 1000000;
}

// A resource is an object, or its text where the digits of numbers count.
std::string resource_text(const Json& resources, const std::string& name) {
  const Json found = resources[name];
  EXPECT_TRUE(found) << name;
  return found.text();
}

// `error` alone, or without an offset, fits any of that kind.
bool agrees(const std::string& got, const std::string& wanted) {
  if (got == wanted) {
    return true;
  }
  const bool failure = wanted.starts_with("error") || wanted.starts_with("refused");
  const std::size_t at = got.find('@');
  if (!failure || at == std::string::npos) {
    return false;
  }
  // `error code@5`, `refused@5 code`
  const std::size_t end = got.find(' ', at);
  const std::string bare = got.substr(0, at) + (end == std::string::npos ? "" : got.substr(end));
  return bare == wanted || bare.starts_with(wanted + " ");
}

TEST(Vectors, FhirPath) {
  Files files;
  const std::string path = FHIRWALL_SOURCE_DIR "/tests/vectors/fhirpath.json";
  const Resource* file = files.load(path);
  ASSERT_NE(file, nullptr) << path;
  const Json root{&file->document(), 0};
  std::size_t count = 0;
  for (const Json& group : root["groups"].children()) {
    for (const Json& one : group["cases"].children()) {
      EvalOptions options;
      options.strict = one["strict"].is("true");
      options.type = one["type"].text();
      options.untyped = one["model"].node != json::kNoNode && !one["model"];
      set_now(options, one["now"] ? one["now"].text() : "2026-01-02T03:04:05.678Z");
      if (const Json variables = one["variables"]) {
        for (const Json& variable : variables.children()) {
          options.variables.emplace_back(std::string(file->document().key(variable.node)),
                                         !variable ? std::string()
                                         : one["resources"]
                                             ? resource_text(root["resources"], variable.text())
                                             : std::string(file->document().raw(variable.node)));
        }
      }
      const std::string on = one["on"] ? one["on"].text() : "patient";
      const std::string expression = one["expression"].text();
      const std::string got = eval(expression, resource_text(root["resources"], on), options);
      EXPECT_TRUE(agrees(got, one["result"].text()))
          << group["name"].text() << ": " << expression << "\n  got      " << got << "\n  expected "
          << one["result"].text();
      ++count;
    }
  }
  std::printf("own cases: %zu\n", count);
  EXPECT_GT(count, 700u);
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
