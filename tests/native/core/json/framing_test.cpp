// NDJSON lines and streamed Bundles: the same parts however the stream is split (SPEC 8.3, 8.4).
#include "tests/native/core/json/framing.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/json/document.hpp"
#include "core/json/edit_list.hpp"

namespace fhirwall::json {
namespace {

using enum ErrorCode;

using Parts = std::vector<Framed::Part>;

Framed lines_of_stream(std::string_view text, const Limits& limits = {}) {
  return frame_lines(text, limits, whole(text), false);
}
Framed bundle_of(std::string_view text, const Limits& limits = {}) {
  return frame_bundle(text, limits, whole(text), false);
}

TEST(Lines, EndAtLfAndCrLf) {
  const Framed framed = lines_of_stream("{}\n[1]\r\n\n \t\r\n\r\n{\r}\n\"last\"");
  EXPECT_EQ(framed.parts, (Parts{{0, "", "{}", "\n", 0},
                                 {0, "", "[1]", "\r\n", 3},
                                 {0, "", "{\r}", "\n", 15},
                                 {0, "", "\"last\"", "", 19}}));
  EXPECT_EQ(framed.code, kOk);
}

TEST(Lines, NothingComesOfNothing) {
  for (const std::string_view text : {"", "\n", "\r\n\r\n", " ", "\n\n \t"}) {
    EXPECT_EQ(lines_of_stream(text), Framed()) << text;
  }
}

TEST(Lines, ALastCrBelongsToTheLine) {
  EXPECT_EQ(lines_of_stream("1\r").parts, (Parts{{0, "", "1\r", "", 0}}));
}

TEST(Lines, TooLongIsRefusedAtTheLine) {
  Limits limits;
  limits.max_resource_bytes = 4;
  EXPECT_EQ(lines_of_stream("1234\n1234\r\n1234", limits).code, kOk);
  const Framed framed = lines_of_stream("1\n12345\n1\n", limits);
  EXPECT_EQ(framed.parts, (Parts{{0, "", "1", "\n", 0}}));
  EXPECT_EQ(framed.code, kLineTooLong);
  EXPECT_EQ(framed.error_offset, 2u);
  EXPECT_EQ(lines_of_stream("1234\r", limits).code, kLineTooLong);
  EXPECT_EQ(lines_of_stream("     \n", limits).code, kLineTooLong);
}

TEST(Lines, ErrorsStay) {
  Limits limits;
  limits.max_resource_bytes = 1;
  LineReader reader(limits);
  Line line;
  reader.feed("12\n3\n", 0);
  EXPECT_FALSE(reader.next(line));
  EXPECT_EQ(reader.error().code, kLineTooLong);
  reader.feed("4\n", 0);
  EXPECT_FALSE(reader.next(line));
}

TEST(Lines, AreNotCopiedInsideAPaddedChunk) {
  LineReader reader{Limits()};
  const ExactText chunk("{\"a\":1}\n{\"b\":2}\n");
  reader.feed(chunk.view(), kPadding);
  Line line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text.data(), chunk.view().data());
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text.data(), chunk.view().data() + 8);
  EXPECT_FALSE(reader.next(line));
}

constexpr int kHeader = static_cast<int>(BundlePart::Kind::kHeader);
constexpr int kItem = static_cast<int>(BundlePart::Kind::kItem);
constexpr int kTail = static_cast<int>(BundlePart::Kind::kTail);

TEST(Bundle, IsCutAroundItsEntries) {
  const Framed framed =
      bundle_of(" {\"type\":\"x\", \"entry\" : [ {\"a\":[1]} , 2,\"]\" ] , \"total\":3} ");
  EXPECT_EQ(framed.code, kOk);
  EXPECT_EQ(framed.parts, (Parts{{kHeader, "", " {\"type\":\"x\", \"entry\" : [", "", 0},
                                 {kItem, " ", "{\"a\":[1]}", " ", 26},
                                 {kItem, " ", "2", "", 38},
                                 {kItem, "", "\"]\"", "", 40},
                                 {kTail, "", " ] , \"total\":3} ", "", 43}}));
}

TEST(Bundle, WithoutEntriesIsHeaderAndTail) {
  EXPECT_EQ(bundle_of("{\"entry\":[ ]}").parts,
            (Parts{{kHeader, "", "{\"entry\":[", "", 0}, {kTail, "", " ]}", "", 10}}));
}

TEST(Bundle, WithoutTheArrayIsATail) {
  EXPECT_EQ(bundle_of("{\"a\":{\"entry\":[1]}}").parts,
            (Parts{{kTail, "", "{\"a\":{\"entry\":[1]}}", "", 0}}));
  EXPECT_EQ(bundle_of("{}").parts, (Parts{{kTail, "", "{}", "", 0}}));
}

TEST(Bundle, KnowsItsKeyInEverySpelling) {
  for (const std::string_view key :
       {"entry", "entr\\u0079", "\\u0065ntry", "\\u0065\\u006e\\u0074\\u0072\\u0079"}) {
    const std::string text = std::string("{").append(in_quotes(key)).append(":[1]}");
    EXPECT_EQ(bundle_of(text).parts.size(), 3u) << key;
  }
  for (const std::string_view key :
       {"Entry", "entry2", "entr", "\\u0065\\u006e\\u0074\\u0072\\u0079y", "entry\\q", ""}) {
    const std::string text = std::string("{").append(in_quotes(key)).append(":[1]}");
    EXPECT_EQ(bundle_of(text).parts.size(), 1u) << key;
  }
}

struct Refusal {
  std::string_view text;
  ErrorCode code;
  std::uint64_t offset;
};

constexpr Refusal kRefusals[] = {
    {"", kEmptyBody, 0},
    {" \n ", kEmptyBody, 3},
    {"\xEF\xBB\xBF{}", kByteOrderMark, 0},
    {"[]", kNotAnObject, 0},
    {" \"entry\"", kNotAnObject, 1},
    {"1", kNotAnObject, 0},
    {"null", kNotAnObject, 0},
    {"<Bundle/>", kInvalidJson, 0},
    {"{", kTruncatedStream, 1},
    {"{\"entry\":[", kTruncatedStream, 10},
    {"{\"entry\":[{}", kTruncatedStream, 12},
    {"{\"entry\":[{}]", kTruncatedStream, 13},
    {"{\"a", kTruncatedStream, 3},
    {"{\"a\":\"b", kTruncatedStream, 7},
    {"{} {}", kTrailingContent, 3},
    {"{}x", kTrailingContent, 2},
    {"{\"entry\":[],\"entry\":[]}", kDuplicateKey, 12},
    {"{\"entry\":[],\"entr\\u0079\":1}", kDuplicateKey, 12},
    {"{\"entr\\u0079\":[],\"entry\":1}", kDuplicateKey, 17},
    {"{\"entry\":{}}", kUnsupportedContent, 9},
    {"{\"entry\":null}", kUnsupportedContent, 9},
    {"{\"entry\":\"[]\"}", kUnsupportedContent, 9},
    {"{\"entry\":}", kInvalidJson, 9},
    {"{,}", kInvalidJson, 1},
    {"{\"a\":1,}", kInvalidJson, 7},
    {"{\"a\" 1}", kInvalidJson, 5},
    {"{\"a\":1 2}", kInvalidJson, 7},
    {"{\"a\":1\"b\"}", kInvalidJson, 6},
    {"{\"a\":\"b\"c}", kInvalidJson, 8},
    {"{a:1}", kInvalidJson, 1},
    {"{\"a\":,}", kInvalidJson, 5},
    {"{\"entry\":[,1]}", kInvalidJson, 10},
    {"{\"entry\":[1,]}", kInvalidJson, 12},
    {"{\"entry\":[1,,2]}", kInvalidJson, 12},
    {"{\"entry\":[1 2]}", kInvalidJson, 12},
    {"{\"entry\":[1}", kInvalidJson, 11},
    {"{\"entry\":[{}{}]}", kInvalidJson, 12},
    {"{\"entry\":[1:2]}", kInvalidJson, 11},
    {"{\"entry\":[1[]]}", kInvalidJson, 11},
};

TEST(Bundle, RefusesWhatItCannotFrame) {
  for (const Refusal& c : kRefusals) {
    const Framed framed = bundle_of(c.text);
    EXPECT_EQ(error_name(framed.code), error_name(c.code)) << c.text;
    EXPECT_EQ(framed.error_offset, c.offset) << c.text;
    for (const bool padded : {false, true}) {
      EXPECT_EQ(frame_bundle(c.text, {}, pieces_of(1), padded), framed) << c.text;
    }
  }
}

TEST(Bundle, BoundsEveryPart) {
  Limits limits;
  limits.max_resource_bytes = 10;
  EXPECT_EQ(bundle_of("{\"entry\":[[34567890],2]         }", limits).code, kLineTooLong);
  EXPECT_EQ(bundle_of("{\"entry\":[[34567890],2]        }", limits).code, kOk);
  EXPECT_EQ(bundle_of("{\"entry\" :[]}", limits).code, kLineTooLong);
  EXPECT_EQ(bundle_of("{\"entry\":[[345678901]]}", limits).code, kLineTooLong);
  EXPECT_EQ(bundle_of("{\"entry\":[[34567890]]}", limits).code, kOk);
  const Framed item = bundle_of("{\"entry\":[1, [345678901] ]}", limits);
  EXPECT_EQ(item.code, kLineTooLong);
  EXPECT_EQ(item.error_offset, 12u);
  EXPECT_EQ(item.parts.size(), 2u);
}

TEST(Bundle, ItemsAreNotCopiedInsideAPaddedChunk) {
  BundleReader reader("entry", {});
  const ExactText chunk("{\"entry\":[{\"a\":1},{\"b\":2}]}");
  reader.feed(chunk.view(), kPadding);
  BundlePart part;
  ASSERT_TRUE(reader.next(part));
  ASSERT_TRUE(reader.next(part));
  EXPECT_EQ(part.text.data(), chunk.view().data() + 10);
  ASSERT_TRUE(reader.next(part));
  EXPECT_EQ(part.text.data(), chunk.view().data() + 18);
  EXPECT_FALSE(reader.next(part));
}

// A Bundle-like text around random items; now and then broken.
std::string random_bundle(Generator& random) {
  static constexpr std::string_view kSpaces[] = {"", "", " ", "\n  "};
  const auto space = [&] { return kSpaces[random.below(std::size(kSpaces))]; };
  std::string text = "{\"type\":";
  text.append(random.text()).append(",").append(space()).append("\"entry\":[");
  for (std::size_t i = 0, count = random.below(5); i < count; ++i) {
    text.append(i == 0 ? "" : ",").append(space()).append(random.text()).append(space());
  }
  text.append(space()).append("]");
  if (random.chance(2)) {
    text.append(",\"link\":").append(random.text());
  }
  text.append("}").append(space());
  return random.chance(2) ? random.mutate(text) : text;
}

class Splits : public testing::Test {
 protected:
  static constexpr std::uint32_t kSeed = 20240917;
  Generator random{kSeed};

  template <typename Frame>
  void same_at_every_split(const std::string& text, const Limits& limits, const Framed& expected,
                           Frame frame) {
    for (const std::size_t size : {1u, 2u, 3u, 7u, 64u}) {
      EXPECT_EQ(frame(text, limits, pieces_of(size), size % 2 == 0), expected) << text;
    }
    EXPECT_EQ(frame(
                  text, limits, [&] { return 1 + random.below(40); }, true),
              expected)
        << text;
    EXPECT_EQ(frame(text, limits, whole(text), true), expected) << text;
  }
};

TEST_F(Splits, DoNotMatterForLines) {
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::size_t lines = random.below(6); lines > 0; --lines) {
      text += random.chance(4) ? "" : random.scalar();
      static constexpr std::string_view kEnds[] = {"\n", "\r\n", "\r", " \n", ""};
      text += kEnds[random.below(std::size(kEnds))];
    }
    Limits limits;
    limits.max_resource_bytes = random.chance(2) ? 6 : 1000;
    const Framed expected = lines_of_stream(text, limits);
    same_at_every_split(text, limits, expected, frame_lines);
    // What was not handed out is blank.
    if (expected.code == kOk) {
      std::string rest = text;
      for (auto part = expected.parts.rbegin(); part != expected.parts.rend(); ++part) {
        ASSERT_EQ(text.substr(part->offset, part->text.size()), part->text);
        ASSERT_EQ(text.substr(part->offset + part->text.size(), part->after.size()), part->after);
        rest.erase(part->offset, part->text.size() + part->after.size());
      }
      EXPECT_EQ(rest.find_first_not_of(" \t\r\n"), std::string::npos) << text;
    }
  }
}

TEST_F(Splits, DoNotMatterForBundles) {
  int accepted = 0;
  Parser parser;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_bundle(random);
    Limits limits;
    limits.max_resource_bytes = random.chance(3) ? 40 : 100000;
    const Framed expected = bundle_of(text, limits);
    same_at_every_split(text, limits, expected, frame_bundle);
    if (expected.code == kOk) {
      ++accepted;
      std::string joined;
      bool first = true;
      for (const Framed::Part& part : expected.parts) {
        if (part.kind == kItem) {
          joined += first ? "" : ",";
          first = false;
        }
        joined += part.before + part.text + part.after;
      }
      EXPECT_EQ(joined, text);
    }
    // Framing and the parts together accept exactly what the parser accepts as a whole, but for
    // bodies whose `entry` is no array and what is over the limit.
    const bool all = expected.code == kOk && parts_parse(expected, parser, limits);
    const bool whole_text = !parser.parse(ExactText(text).view(), limits);
    if (all || (expected.code != kLineTooLong && expected.code != kUnsupportedContent &&
                expected.code != kNotAnObject)) {
      EXPECT_EQ(all, whole_text) << text << " " << error_name(expected.code);
    }
  }
  EXPECT_GT(accepted, 500);
}

// The stream's output is what MemberCutter leaves of the whole text.
TEST_F(Splits, KeptItemsAreWrittenAsFromTheWholeText) {
  Parser parser;
  int compared = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_bundle(random);
    const ExactText exact(text);
    const Framed framed = bundle_of(text);
    if (framed.code != kOk || framed.parts.size() < 2 || parser.parse(exact.view(), {})) {
      continue;
    }
    ++compared;
    const Document& doc = parser.document();
    const NodeIndex entry = doc.find(0, "entry");
    ASSERT_NE(entry, kNoNode);
    EditList edits;
    MemberCutter cutter(doc, entry, edits);
    std::string streamed;
    bool kept_any = false;
    std::string before;  // all items
    std::string behind;  // the last kept item
    NodeIndex item = Document::first_child(entry);
    for (const Framed::Part& part : framed.parts) {
      if (part.kind != kItem) {
        streamed += part.text;
        continue;
      }
      if (item == Document::first_child(entry)) {
        before = part.before;
      }
      if (random.chance(2)) {
        cutter.cut(item);
      } else {
        cutter.keep(item);
        streamed += (kept_any ? behind + "," + part.before : before) + part.text;
        behind = part.after;
        kept_any = true;
      }
      item = doc[item].next;
    }
    cutter.finish();
    EXPECT_EQ(item, doc[entry].next);
    std::string cut;
    edits.apply(exact.view(), 0, static_cast<std::uint32_t>(text.size()), cut);
    EXPECT_EQ(cut, streamed) << text;
  }
  EXPECT_GT(compared, 500);
}

}  // namespace
}  // namespace fhirwall::json
