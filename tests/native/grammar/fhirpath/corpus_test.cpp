// Published FHIRPath expressions: all must parse, except those published as syntax errors.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/fhirpath/dump.hpp"
#include "grammar/fhirpath/parse.hpp"

namespace fhirwall::grammar::fhirpath {
namespace {

// Just enough JSON for files that are known to be well formed: the string members of every object.
class JsonStrings {
 public:
  using Object = std::map<std::string, std::string>;

  explicit JsonStrings(const std::string& text) : at_(text.data()), end_(at_ + text.size()) {
    value();
  }
  [[nodiscard]] const std::vector<Object>& objects() const { return objects_; }

 private:
  char peek() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
      ++at_;
    }
    return at_ == end_ ? '\0' : *at_;
  }

  std::string string() {
    std::string text;
    for (++at_; at_ != end_ && *at_ != '"'; ++at_) {
      if (*at_ != '\\') {
        text += *at_;
        continue;
      }
      switch (*++at_) {
        case 'n': text += '\n'; break;
        case 't': text += '\t'; break;
        case 'r': text += '\r'; break;
        case 'b': text += '\b'; break;
        case 'f': text += '\f'; break;
        case 'u':
          text += static_cast<char>(std::stoi(std::string(at_ + 3, 2), nullptr, 16));
          at_ += 4;
          break;
        default: text += *at_;
      }
    }
    ++at_;
    return text;
  }

  void value(std::string* into = nullptr) {
    const char c = peek();
    if (c == '"') {
      std::string text = string();
      if (into != nullptr) {
        *into = text;
      }
    } else if (c == '{') {
      ++at_;
      Object object;
      while (peek() != '}') {
        const std::string key = string();
        peek();
        ++at_;
        std::string text;
        const bool is_string = peek() == '"';
        value(&text);
        if (is_string) {
          object[key] = text;
        }
        if (peek() == ',') {
          ++at_;
          peek();
        }
      }
      ++at_;
      objects_.push_back(object);
    } else if (c == '[') {
      ++at_;
      while (peek() != ']') {
        value();
        if (peek() == ',') {
          ++at_;
        }
      }
      ++at_;
    } else {
      while (at_ != end_ && std::string(",]} \n\r\t").find(*at_) == std::string::npos) {
        ++at_;
      }
    }
  }

  char const* at_;
  char const* end_;
  std::vector<Object> objects_;
};

// A reader that takes any character behind a backslash accepts these; here a wrong escape is an
// error (SPEC P1).
bool has_wrong_escape(const std::string& expression) {
  for (const char* known : {"'\\u123'", "'\\u12G4'", "'\\uZZZZ'", "`bad\\u123`"}) {
    if (expression == known) {
      return true;
    }
  }
  return false;
}

void run(const std::string& name, std::size_t at_least) {
  const std::string path = std::string(FHIRWALL_SOURCE_DIR) + "/../shared/fhirpath/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    GTEST_SKIP() << "the shared test data is absent: " << name;
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::size_t parsed_count = 0;
  std::size_t refused_count = 0;
  const JsonStrings json(text);
  for (const auto& object : json.objects()) {
    const auto expression = object.find("expression");
    if (expression == object.end()) {
      continue;
    }
    const auto invalid = object.find("invalid");
    const std::string kind = invalid == object.end() ? "" : invalid->second;
    const auto parsed = parse(expression->second);
    if (kind == "syntax" || has_wrong_escape(expression->second)) {
      EXPECT_FALSE(parsed.ok()) << expression->second;
    } else if (kind.empty()) {
      EXPECT_TRUE(parsed.ok()) << expression->second << "\n"
                               << parsed.error().offset << ": " << parsed.error().expected;
    }
    ++(parsed.ok() ? parsed_count : refused_count);
    if (parsed.ok()) {
      EXPECT_FALSE(dump(parsed.value()).empty());
    }
  }
  std::printf("%s: %zu expressions parse, %zu do not\n", name.c_str(), parsed_count, refused_count);
  EXPECT_GE(parsed_count, at_least);
}

TEST(FhirpathCorpus, OfficialR4) { run("official-r4.json", 600); }
TEST(FhirpathCorpus, OfficialR5Delta) { run("official-r5-delta.json", 60); }
TEST(FhirpathCorpus, Community) { run("community.json", 1000); }
TEST(FhirpathCorpus, SearchParametersR4) { run("corpus-searchparams-r4.json", 1300); }
TEST(FhirpathCorpus, InvariantsR4) { run("corpus-invariants-r4.json", 200); }

}  // namespace
}  // namespace fhirwall::grammar::fhirpath
