#include "core/base/json_text.hpp"

#include <gtest/gtest.h>

namespace fhirwall {
namespace {

struct Case {
  std::string text;
  std::string json;
};

TEST(JsonText, EscapesWhatJsonDoesNotAllow) {
  const Case cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"\"\\/", R"("\"\\/")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {std::string("\0\x01\x1f\x7f", 4), R"("\u0000\u0001\u001f\u007f")"},
      {"M\xc3\xbcller \xf0\x9f\x98\x80", "\"M\xc3\xbcller \xf0\x9f\x98\x80\""},
  };
  for (const Case& one : cases) {
    std::string out;
    append_json_string(out, one.text);
    EXPECT_EQ(out, one.json);
  }
}

TEST(JsonText, PutsCommasBetweenMembers) {
  std::string out;
  JsonList object(out, '{', '}');
  object.key("a");
  out += '1';
  object.key("b");
  JsonList array(out, '[', ']');
  array.item();
  out += '2';
  array.item();
  out += '3';
  array.close();
  object.key("c");
  JsonList(out, '[', ']').close();
  object.close();
  EXPECT_EQ(out, R"({"a":1,"b":[2,3],"c":[]})");
}

}  // namespace
}  // namespace fhirwall
