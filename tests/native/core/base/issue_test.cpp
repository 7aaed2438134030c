#include "core/base/issue.hpp"

#include <set>

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace fhirwall {
namespace {

TEST(Issues, MessagesAreOneLine) {
  Issues issues;
  issues.error(IssueCode::kUnknownProperty, "a", 0, "unknown property `l\nguage\t`");
  EXPECT_EQ(issues.list().front().message, "unknown property `l guage `");
}

TEST(Issue, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(IssueCode::kLimitExceeded); ++code) {
    const std::string_view name = issue_name(static_cast<IssueCode>(code));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos);
    EXPECT_NE(name, "unknown");
  }
}

TEST(Error, EveryCodeHasANameAMessageAndAClass) {
  std::set<std::string_view> names;
  for (int code = 1; code <= static_cast<int>(ErrorCode::kOutOfMemory); ++code) {
    const auto error = static_cast<ErrorCode>(code);
    EXPECT_TRUE(names.insert(error_name(error)).second) << error_name(error);
    EXPECT_NE(error_name(error), "unknown");
    EXPECT_NE(error_class(error), ErrorClass::kNone);
    EXPECT_EQ(error_message(error).find('\n'), std::string_view::npos);
    EXPECT_FALSE(error_message(error).ends_with('.')) << error_message(error);
  }
  EXPECT_FALSE(Error{});
  EXPECT_TRUE((Error{ErrorCode::kTooDeep, 0}));
}

// SPEC P8: bounded, but a refused policy never looks as if it had warnings only.
TEST(Issues, KeepsAnErrorWhenTheListIsFull) {
  Issues issues(2);
  issues.warning(IssueCode::kResultParameter, "a", 0, "first");
  issues.warning(IssueCode::kResultParameter, "b", 0, "second");
  EXPECT_FALSE(issues.has_errors());
  issues.error(IssueCode::kWrongType, "c", 0, "third");
  EXPECT_TRUE(issues.has_errors());
  EXPECT_EQ(issues.omitted(), 1u);
  ASSERT_EQ(issues.list().size(), 2u);
  EXPECT_EQ(issues.list()[0].path, "a");
  EXPECT_EQ(issues.list()[1].path, "c");
  issues.error(IssueCode::kWrongType, "d", 0, "fourth");
  issues.error(IssueCode::kWrongType, "e", 0, "fifth");
  EXPECT_EQ(issues.omitted(), 3u);
  EXPECT_EQ(issues.list()[0].path, "d") << "the other warning made room";
  EXPECT_EQ(issues.list()[1].path, "c") << "an error is not replaced";
}

}  // namespace
}  // namespace fhirwall
