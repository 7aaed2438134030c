#include "core/decide/request.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fhirwall::decide {
namespace {

std::string place_name(RequestPlace place) {
  switch (place) {
    case RequestPlace::kUrl: return "url";
    case RequestPlace::kBody: return "body";
    case RequestPlace::kIfNoneExist: return "if-none-exist";
    case RequestPlace::kMethod: return "method";
    case RequestPlace::kHeaders: return "headers";
  }
  return "?";
}

std::string describe(const RequestError& error) {
  return "! " + std::string(request_reason_name(error.reason)) + ' ' + place_name(error.place) +
         ' ' + std::to_string(error.offset);
}

std::string describe(const grammar::request::Parameter& parameter) {
  std::string out(parameter.name());
  for (const auto& [sign, part] :
       {std::pair{":", parameter.modifier()}, {".", parameter.chain()}}) {
    out += part.empty() ? "" : sign;
    out += part;
  }
  EXPECT_EQ(out, parameter.key);
  return out + '=' + parameter.value;
}

// Every field, so that a row of a table says all of a result.
std::string describe(const ClassifiedRequest& request) {
  std::vector<std::string> words;
  const auto add = [&](bool present, std::string word) {
    if (present) {
      words.push_back(std::move(word));
    }
  };
  add(request.head, "head");
  add(request.conditional, "conditional");
  add(request.patch, "patch");
  switch (request.kind) {
    case RequestKind::kInstance:
    case RequestKind::kType:
    case RequestKind::kSystem:
    case RequestKind::kCompartment:
      words.emplace_back(policy::interaction_name(request.interaction));
      break;
    case RequestKind::kBatch: words.emplace_back("batch"); break;
    case RequestKind::kOperation: words.push_back("operation " + request.operation); break;
    case RequestKind::kMetadata: words.emplace_back("metadata"); break;
  }
  const bool compartment = request.kind == RequestKind::kCompartment;
  EXPECT_EQ(compartment, request.compartment != fhir::TypeId::kNone);
  EXPECT_EQ(request.kind == RequestKind::kOperation, !request.operation.empty());
  const bool named = request.type != fhir::TypeId::kNone;
  const std::string type = named ? std::string(fhir::type_name(request.type)) : "";
  if (compartment) {
    words.push_back("in " + std::string(fhir::type_name(request.compartment)) + ' ' + request.id +
                    ": " + (named ? type : "*"));
  } else {
    add(named, type);
    add(!request.id.empty(), request.id);
  }
  add(!request.version.empty(), "version=" + request.version);
  for (const auto& parameter : request.of_url()) {
    words.push_back(describe(parameter));
  }
  for (const auto& parameter : request.of_form()) {
    words.push_back((request.conditional ? "if-none-exist/" : "body/") + describe(parameter));
  }
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

std::string outcome(const HttpRequest& request, const RequestLimits& limits = {}) {
  ClassifiedRequest result;
  const RequestError error = classify(request, result, limits);
  return error ? describe(error) : describe(result);
}

// `\\` and `\xNN` of a table's cell.
std::string unescape(std::string_view cell) {
  std::string out;
  for (std::size_t at = 0; at < cell.size(); ++at) {
    if (cell[at] != '\\') {
      out += cell[at];
    } else if (cell[at + 1] == 'x') {
      out += static_cast<char>(std::stoi(std::string(cell.substr(at + 2, 2)), nullptr, 16));
      at += 3;
    } else {
      out += cell[++at];
    }
  }
  return out;
}

struct Row {
  std::string line;
  std::string method;
  std::string url;
  std::string expected;
};

std::vector<Row> read_rows() {
  std::ifstream file(FHIRWALL_SOURCE_DIR "/tests/native/core/decide/requests.tsv");
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') {
      continue;
    }
    const std::size_t one = line.find('\t');
    const std::size_t two = line.find('\t', one + 1);
    if (two == std::string::npos) {
      ADD_FAILURE() << "no row: " << line;
      continue;
    }
    rows.push_back({line, line.substr(0, one), unescape(line.substr(one + 1, two - one - 1)),
                    unescape(line.substr(two + 1))});
  }
  return rows;
}

// SPEC 13.1. From a block of exactly its size, so that a sanitizer sees a byte read too many.
TEST(Classify, AnswersTheTable) {
  const std::vector<Row> rows = read_rows();
  EXPECT_GE(rows.size(), 350U);
  for (const Row& row : rows) {
    const auto block = std::make_unique<char[]>(row.url.size());
    std::copy(row.url.begin(), row.url.end(), block.get());
    const std::string_view url(block.get(), row.url.size());
    EXPECT_EQ(outcome({.method = row.method, .url = url}), row.expected) << row.line;
    const auto brief = classify(row.method, url);
    EXPECT_EQ(brief.has_value(), row.expected[0] != '!') << row.line;
    if (brief) {
      EXPECT_EQ(describe(*brief), row.expected) << row.line;
    }
  }
}

// The table has a row for every reason that a URL and a method can give.
TEST(Classify, TableHasEveryReason) {
  std::set<std::string> seen;
  for (const Row& row : read_rows()) {
    if (row.expected[0] == '!') {
      std::istringstream words(row.expected.substr(2));
      std::string reason;
      words >> reason;
      seen.insert(reason);
    }
  }
  std::set<std::string> elsewhere = {"ok", "too-long", "too-many-parameters", "repeated-header",
                                     "media-type"};
  for (int index = 0; index <= static_cast<int>(RequestReason::kMediaType); ++index) {
    const std::string name(request_reason_name(static_cast<RequestReason>(index)));
    EXPECT_NE(seen.contains(name), elsewhere.contains(name)) << name;
  }
}

TEST(Classify, ReasonsHaveNamesAndMessages) {
  std::set<std::string_view> names;
  for (int index = 0; index <= static_cast<int>(RequestReason::kMediaType); ++index) {
    const auto reason = static_cast<RequestReason>(index);
    const std::string_view name = request_reason_name(reason);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), name.npos) << name;
    const std::string_view message = request_reason_message(reason);
    ASSERT_FALSE(message.empty()) << name;
    EXPECT_NE(message.back(), '.') << name;
    EXPECT_EQ(
        std::find_if(message.begin(), message.end(), [](char c) { return c >= 'A' && c <= 'Z'; }),
        message.end())
        << message;
  }
  EXPECT_FALSE(RequestError{});
  EXPECT_TRUE((RequestError{RequestReason::kMediaType, RequestPlace::kBody, 0}));
}

constexpr char kForm[] = "application/x-www-form-urlencoded";

struct HeaderCase {
  const char* method;
  const char* url;
  std::vector<HttpHeader> headers;
  const char* body;
  const char* expected;
};

void expect_all(const std::vector<HeaderCase>& cases) {
  for (const HeaderCase& one : cases) {
    EXPECT_EQ(outcome({one.method, one.url, one.headers, one.body}), one.expected)
        << one.method << ' ' << one.url << " body " << one.body;
  }
}

// SPEC 13.1: both sources are merged, in order and with their place (LEAKS of a parameter unseen).
TEST(Classify, MergesUrlAndFormOfASearch) {
  const std::vector<HttpHeader> form = {{"Content-Type", kForm}};
  expect_all({
      {"POST", "Patient/_search", form, "name=a&name=b", "search Patient body/name=a body/name=b"},
      {"POST", "Patient/_search?name=u", form, "name=b&gender=c",
       "search Patient name=u body/name=b body/gender=c"},
      {"POST", "Patient/_search?a=1&b=2", form, "a=3", "search Patient a=1 b=2 body/a=3"},
      {"POST", "_search", form, "_type=Patient", "search body/_type=Patient"},
      {"POST", "Patient/1/Observation/_search", form, "code=x",
       "search in Patient 1: Observation body/code=x"},
      {"POST", "Patient/_search", form, "", "search Patient"},
      {"POST", "Patient/_search", form, "name%3Aexact=a+b%2Bc",
       "search Patient body/name:exact=a b+c"},
      {"POST", "Patient/_search", form, "name=%2541", "search Patient body/name=%41"},
      {"POST", "Patient/_search", form, "?name=a", "! parameter-name body 0"},
      {"POST", "Patient/_search", form, "name=a&", "! parameter-name body 7"},
      {"POST", "Patient/_search", form, "name=a\r\n", "! query-character body 6"},
      {"POST", "Patient/_search", form, "name=a;b=c", "! query-character body 6"},
      {"POST", "Patient/_search", form, "name=%C0%AF", "! query-utf8 body 5"},
      {"POST", "Patient/_search", form, "name=%4", "! query-escape body 5"},
      {"POST", "Patient/_search", form, "name=%00", "! query-control body 5"},
      {"POST", "Patient/_search", form, "{\"name\":1}", "! parameter-name body 0"},
      {"POST", "Patient/_search", form, "a=b&_method=DELETE", "! method-override body 4"},
      // The body of any other interaction is none of this function's.
      {"POST", "Patient", form, "name=%C0%AF", "create Patient"},
      {"POST", "Patient/$match", form, "=", "operation match Patient"},
      {"GET", "Patient", form, "name=a", "search Patient"},
  });
}

TEST(Classify, TakesNoOtherBodyForASearch) {
  const auto with = [](const char* type) {
    return std::vector<HttpHeader>{{"content-type", type}};
  };
  constexpr char kRead[] = "search Patient body/name=a";
  constexpr char kRefused[] = "! media-type body 0";
  const auto search = [](std::vector<HttpHeader> headers, const char* expected) {
    return HeaderCase{"POST", "Patient/_search", std::move(headers), "name=a", expected};
  };
  expect_all({
      search(with(kForm), kRead),
      search(with("Application/X-WWW-Form-URLencoded"), kRead),
      search(with(" application/x-www-form-urlencoded "), kRead),
      search(with("application/x-www-form-urlencoded; charset=utf-8"), kRead),
      search(with("application/x-www-form-urlencoded;charset=UTF-8"), kRead),
      search(with("application/x-www-form-urlencoded; charset=\"utf-8\""), kRead),
      search(with("application/x-www-form-urlencoded; charset=utf-16"), kRefused),
      search(with("application/x-www-form-urlencoded; charset=iso-8859-1"), kRefused),
      search(with("application/x-www-form-urlencoded;"), kRefused),
      search(with("application/x-www-form-urlencoded; charset=utf-8; charset=utf-7"), kRefused),
      search(with("application/x-www-form-urlencoded, text/plain"), kRefused),
      search(with("application/fhir+json"), kRefused),
      search(with("multipart/form-data; boundary=x"), kRefused),
      search(with(""), kRefused),
      search({}, kRefused),
      search({{"Content-Type", kForm}, {"Content-Encoding", "gzip"}}, kRefused),
      search({{"Content-Type", kForm}, {"content-type", kForm}}, "! repeated-header headers 1"),
      {"POST", "Patient/_search", {{"Content-Encoding", "gzip"}}, "", "search Patient"},
  });
}

// SPEC 13.1: one method only.
TEST(Classify, RefusesMethodOverrides) {
  for (const char* name : {"X-HTTP-Method-Override", "x-http-method-override", "X-HTTP-Method",
                           "X-Method-Override", "x-METHOD-override", "_method"}) {
    for (const char* method : {"GET", "POST", "DELETE"}) {
      const std::vector<HttpHeader> headers = {{"Accept", "*/*"}, {name, "GET"}};
      EXPECT_EQ(outcome({method, "Patient", headers, ""}), "! method-override headers 1") << name;
    }
  }
  const std::vector<HttpHeader> others = {
      {"X-HTTP-Method-Overrides", "PUT"}, {"X-HTTP", "PUT"}, {"Method", "PUT"}, {"", ""}};
  EXPECT_EQ(outcome({"GET", "Patient/1", others, ""}), "read Patient 1");
}

TEST(Classify, ReadsIfNoneExist) {
  const auto with = [](const char* value) {
    return std::vector<HttpHeader>{{"Accept", "a/b"}, {"if-None-exist", value}};
  };
  const auto create = [&](const char* value, const char* expected) {
    return HeaderCase{"POST", "Patient", with(value), "", expected};
  };
  expect_all({
      create("identifier=http://x|1",
             "conditional create Patient if-none-exist/identifier=http://x|1"),
      create("_id=1", "conditional create Patient if-none-exist/_id=1"),
      create("name:exact=a+b&gender=c",
             "conditional create Patient if-none-exist/name:exact=a b if-none-exist/gender=c"),
      create("", "! no-condition if-none-exist 0"),
      create("_format=json", "! no-condition if-none-exist 0"),
      create("identifier=", "! no-condition if-none-exist 0"),
      create("Patient?identifier=1", "! parameter-name if-none-exist 7"),
      create("?identifier=1", "! parameter-name if-none-exist 0"),
      create("identifier=1, identifier=2", "! query-character if-none-exist 13"),
      create("a=b&_method=PUT", "! method-override if-none-exist 4"),
      {"POST", "Patient?_format=json", with("identifier=1"), "",
       "conditional create Patient _format=json if-none-exist/identifier=1"},
      // A parameter of the URL is no condition of a create.
      {"POST", "Patient?identifier=1", with("_format=a"), "", "! no-condition if-none-exist 0"},
      {"POST", "Patient?identifier=1", {}, "", "create Patient identifier=1"},
      {"POST",
       "Patient",
       {{"If-None-Exist", "identifier=1"}, {"IF-NONE-EXIST", "identifier=1"}},
       "",
       "! repeated-header headers 1"},
      // It says nothing about other interactions.
      {"PUT", "Patient/1", with("%"), "", "update Patient 1"},
      {"GET", "Patient", with("identifier=1"), "", "search Patient"},
      {"POST", "", with("identifier=1"), "", "batch"},
  });
}

// SPEC P8
TEST(Classify, IsBounded) {
  const RequestLimits limits = {.max_url_bytes = 12, .max_form_bytes = 8, .max_parameters = 2};
  const std::vector<HttpHeader> form = {{"Content-Type", kForm}};
  EXPECT_EQ(outcome({"GET", "Patient?a=12"}, limits), "search Patient a=12");
  EXPECT_EQ(outcome({"GET", "Patient?a=123"}, limits), "! too-long url 12");
  EXPECT_EQ(outcome({"GET", "?a=1&b=2"}, limits), "search a=1 b=2");
  EXPECT_EQ(outcome({"GET", "?a=1&b=2&c"}, limits), "! too-many-parameters url 8");
  EXPECT_EQ(outcome({"POST", "_search", form, "a=123456"}, limits), "search body/a=123456");
  EXPECT_EQ(outcome({"POST", "_search", form, "a=1234567"}, limits), "! too-long body 8");
  EXPECT_EQ(outcome({"POST", "_search", form, "a=&b=&c="}, limits), "! too-many-parameters body 5");
  const std::vector<HttpHeader> condition = {{"If-None-Exist", "a=12345678901"}};
  EXPECT_EQ(outcome({"POST", "Patient", condition}, limits), "! too-long if-none-exist 12");

  const RequestLimits defaults;
  const std::string path = "Patient?a=";
  EXPECT_EQ(
      outcome({"GET", path + std::string(defaults.max_url_bytes - path.size(), 'x')}).substr(0, 6),
      "search");
  EXPECT_EQ(outcome({"GET", path + std::string(defaults.max_url_bytes - path.size() + 1, 'x')}),
            "! too-long url 16384");
}

// Offsets of parameters, for what takes one out of a query or points at it.
TEST(Classify, SaysWhereParametersStand) {
  const std::string url = "Patient/_search?name%3Aexact=a%20b&_count=5";
  const std::string body = "x=&subject:Patient.name=%C3%A9";
  const std::vector<HttpHeader> headers = {{"Content-Type", kForm}};
  ClassifiedRequest result;
  ASSERT_FALSE(classify({"POST", url, headers, body}, result));
  const char* const expected[][2] = {
      {"name%3Aexact", "a%20b"}, {"_count", "5"}, {"x", ""}, {"subject:Patient.name", "%C3%A9"}};
  ASSERT_EQ(result.parameters.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const auto& one = result.parameters[i];
    const std::string& text = i < result.url_parameters ? url : body;
    EXPECT_EQ(text.substr(one.key_span.begin, one.key_span.size()), expected[i][0]);
    EXPECT_EQ(text.substr(one.value_span.begin, one.value_span.size()), expected[i][1]);
    EXPECT_EQ(one.key_span.end + 1, one.value_span.begin);
  }
  EXPECT_EQ(result.url_parameters, 2U);
}

// A result that was used before keeps nothing of it.
TEST(Classify, StartsAfresh) {
  ClassifiedRequest result;
  ASSERT_FALSE(classify({"HEAD", "Patient/1/Observation?code=a"}, result));
  ASSERT_FALSE(classify({"PATCH", "Patient?_id=1"}, result));
  EXPECT_EQ(describe(result), "conditional patch update Patient _id=1");
  ASSERT_FALSE(classify({"GET", "$x"}, result));
  EXPECT_EQ(describe(result), "operation x");
}

}  // namespace
}  // namespace fhirwall::decide
