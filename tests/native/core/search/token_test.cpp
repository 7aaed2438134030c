#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

constexpr const char* kCode =
    R"("code":{"text":"BP","coding":[{"system":"http://a","code":"x","display":"The X"},{"code":"bare"}]})";
constexpr const char* kIdentifier =
    R"("identifier":[{"system":"s","value":"1","type":{"text":"MRN"}},{"value":"2"}])";
constexpr const char* kTelecom =
    R"("telecom":[{"system":"phone","value":"+1 555"},{"system":"email","value":"Ana@Example.org"}])";

TEST(Token, CodeableConcept) {
  check("Observation",
        {
            {"code=x", kCode, "yes"},
            {"code=X", kCode, "no"},
            {"code=http://a|x", kCode, "yes"},
            {"code=http://A|x", kCode, "no"},
            {"code=http://b|x", kCode, "no"},
            {"code=http://a|bare", kCode, "no"},
            {"code=http://a|", kCode, "yes"},
            {"code=http://b|", kCode, "no"},
            {"code=|bare", kCode, "yes"},
            {"code=|x", kCode, "no"},
            {"code=bare", kCode, "yes"},
            {"code=BP", kCode, "no"},
            {"code=The X", kCode, "no"},
            {"code=y,x", kCode, "yes"},
            {"code=x&code=y", kCode, "no"},
            {"code=x&code=bare", kCode, "yes"},
            {"code=x", "", "no"},
            {"code=a\\,b", R"("code":{"coding":[{"code":"a,b"}]})", "yes"},
            {"code=a,b", R"("code":{"coding":[{"code":"a,b"}]})", "no"},
            {"code=s|a\\|b", R"("code":{"coding":[{"system":"s","code":"a|b"}]})", "yes"},
            {"code=x", R"("code":{"coding":[{"code":"\u0078"}]})", "yes"},
        });
}

TEST(Token, CarefulNot) {
  check("Observation", {
                           {"code:not=y", kCode, "yes"},
                           {"code:not=x", kCode, "no"},
                           {"code:not=y,x", kCode, "no"},
                           {"code:not=X", kCode, "no"},
                           {"code:not=HTTP://a|X", kCode, "no"},
                           {"code:not=http://b|x", kCode, "yes"},
                           {"code:not=http://b|", kCode, "yes"},
                           {"code:not=http://a|", kCode, "no"},
                           {"code:not=bp", kCode, "no"},
                           {"code:not=|BP", kCode, "no"},
                           {"code:not=http://a|BP", kCode, "yes"},
                           {"code:not=the x", kCode, "no"},
                           {"code:not=x", "", "yes"},
                           {"code:not=x", R"("code":{"text":"y"})", "yes"},
                           // malformed elements satisfy no criterion, negated or not (SPEC 5.5)
                           {"code:not=x", R"("code":"y")", "no"},
                           {"code:not=x", R"("code":{})", "no"},
                           {"code:not=x", R"("code":{"coding":[]})", "no"},
                           {"code:not=x", R"("code":{"coding":[],"text":"y"})", "yes"},
                           {"code:not=x", R"("code":[{"coding":[]}])", "no"},
                           {"code:not=x", R"("code":{"coding":{"code":"y"}})", "no"},
                           {"code:not=x", R"("code":{"coding":["y"]})", "no"},
                           {"code:not=x", R"("code":{"coding":[{"code":5}]})", "no"},
                           {"code:not=x", R"("code":{"coding":[{"code":"y","display":5}]})", "no"},
                           {"code:not=x", R"("code":{"coding":[{}]})", "no"},
                           {"code:not=x", R"("code":{"text":1})", "no"},
                           {"code:not=x", R"("code":null)", "no"},
                       });
}

TEST(Token, Code) {
  check(
      "Patient",
      {
          {"gender=female", R"("gender":"female")", "yes"},
          {"gender=Female", R"("gender":"female")", "no"},
          {"gender=fem", R"("gender":"female")", "no"},
          {"gender=|female", R"("gender":"female")", "no"},
          {"gender=http://hl7.org/fhir/administrative-gender|female", R"("gender":"female")",
           "yes"},
          {"gender=http://hl7.org/fhir/administrative-gender|male", R"("gender":"female")", "no"},
          {"gender=http://hl7.org/fhir/administrative-gender|", R"("gender":"female")", "yes"},
          {"gender=http://hl7.org/fhir/Administrative-gender|female", R"("gender":"female")", "no"},
          {"gender=s|female", R"("gender":"female")", "no"},
          {"gender=s|", R"("gender":"female")", "no"},
          {"gender:not=http://hl7.org/fhir/administrative-gender|female", R"("gender":"female")",
           "no"},
          {"gender:not=http://hl7.org/fhir/Administrative-Gender|Female", R"("gender":"female")",
           "no"},
          {"gender:not=http://hl7.org/fhir/administrative-gender|", R"("gender":"female")", "no"},
          {"gender:not=http://hl7.org/fhir/administrative-gender|male", R"("gender":"female")",
           "yes"},
          {"gender:not=male", R"("gender":"female")", "yes"},
          {"gender:not=FEMALE", R"("gender":"female")", "no"},
          {"gender:not=|female", R"("gender":"female")", "no"},
          {"gender:not=s|female", R"("gender":"female")", "yes"},
          {"gender:not=s|male", R"("gender":"female")", "yes"},
          {"gender:not=s|", R"("gender":"female")", "yes"},
          {"gender:not=s|", "", "yes"},
          {"gender:not=male", R"("_gender":{"id":"x"})", "no"},
          {"gender:not=male", R"("gender":1)", "no"},
          {"gender=male", R"("gender":["male"])", "no"},
          {"gender=", R"("gender":"female")", "invalid-value@15"},
          {"gender:not=", R"("gender":"female")", "invalid-value@19"},
          {"gender=|", R"("gender":"female")", "invalid-value@15"},
          {"gender=a|b|c", R"("gender":"female")", "invalid-value@15"},
      });
}

TEST(Token, Boolean) {
  check("Patient", {
                       {"active=true", R"("active":true)", "yes"},
                       {"active=TRUE", R"("active":true)", "yes"},
                       {"active=false", R"("active":true)", "no"},
                       {"active=false", "", "no"},
                       {"active=yes", R"("active":true)", "invalid-value@15"},
                       {"active=http://terminology.hl7.org/CodeSystem/special-values|true",
                        R"("active":true)", "yes"},
                       {"active=x|true", R"("active":true)", "no"},
                       {"active:not=true", R"("active":false)", "yes"},
                       {"active:not=true", R"("active":true)", "no"},
                       {"active:not=x|true", R"("active":true)", "no"},
                       {"active:not=true", "", "yes"},
                       {"active:not=true", R"("active":"false")", "no"},
                       {"deceased=true", R"("deceasedDateTime":"2020")", "yes"},
                       {"deceased=false", "", "yes"},
                       {"deceased=false", R"("deceasedDateTime":5)", "no"},
                       {"deceased=false", R"("deceasedDateTime":["2020"])", "no"},
                       {"deceased=false", R"("deceasedBoolean":null)", "no"},
                       {"deceased=true", R"("deceasedDateTime":5)", "no"},
                       {"deceased:not=true", R"("deceasedBoolean":true)", "no"},
                       {"deceased:not=true", R"("deceasedBoolean":"false")", "no"},
                       {"deceased:not=true", R"("_deceasedBoolean":{"id":"x"})", "no"},
                   });
}

TEST(Token, IdentifierAndContactPoint) {
  check("Patient", {
                       {"identifier=1", kIdentifier, "yes"},
                       {"identifier=s|1", kIdentifier, "yes"},
                       {"identifier=|1", kIdentifier, "no"},
                       {"identifier=|2", kIdentifier, "yes"},
                       {"identifier=s|", kIdentifier, "yes"},
                       {"identifier=t|", kIdentifier, "no"},
                       {"identifier=MRN", kIdentifier, "no"},
                       {"identifier:not=mrn", kIdentifier, "no"},
                       {"identifier:not=3", kIdentifier, "yes"},
                       {"identifier:not=3", R"("identifier":[{}])", "no"},
                       {"identifier:not=3", R"("identifier":[{"value":3}])", "no"},
                       {"email=ana@example.org", kTelecom, "yes"},
                       {"email=email|ANA@example.org", kTelecom, "yes"},
                       {"email=phone|ana@example.org", kTelecom, "no"},
                       {"phone=%2B1 555", kTelecom, "yes"},
                       {"phone=ana@example.org", kTelecom, "no"},
                       {"telecom=phone|%2B1+555", kTelecom, "yes"},
                       {"telecom=phone|", kTelecom, "yes"},
                       {"telecom:not=fax|", kTelecom, "yes"},
                   });
}

TEST(Token, CommonParameters) {
  constexpr const char* kMeta =
      R"("id":"p1","meta":{"tag":[{"system":"t","code":"VIP"}],"security":[{"code":"R"}]})";
  check("Patient", {
                       {"_id=p1", kMeta, "yes"},
                       {"_id=P1", kMeta, "no"},
                       {"_id=p2,p1", kMeta, "yes"},
                       {"_id=|p1", kMeta, "yes"},
                       {"_id=s|p1", kMeta, "no"},
                       {"_id:not=P1", kMeta, "no"},
                       {"_id:not=p2", kMeta, "yes"},
                       {"_tag=t|VIP", kMeta, "yes"},
                       {"_tag=VIP", kMeta, "yes"},
                       {"_tag=x|VIP", kMeta, "no"},
                       {"_tag:not=VIP", kMeta, "no"},
                       {"_security=R", kMeta, "yes"},
                       {"_security:not=N", kMeta, "yes"},
                       {"_security:not=N", R"("meta":{"security":{"code":"R"}})", "no"},
                       {"_security:not=N", R"("meta":[])", "no"},
                   });
  EXPECT_EQ(match("*?_tag=t|VIP",
                  R"({"resourceType":"Device","meta":{"tag":[{"system":"t","code":"VIP"}]}})"),
            "yes");
  EXPECT_EQ(match("*?gender=male", "{}"), "unknown-parameter@2");
}

// A `code` has the system of its binding; where the ValueSet has several, the code decides, and
// where nothing does, neither a test with a system nor its negation holds.
TEST(Token, ImplicitSystem) {
  constexpr const char* kTask = R"("status":"draft","intent":"order")";
  check("Task",
        {
            {"status=http://hl7.org/fhir/task-status|draft", kTask, "yes"},
            {"status=http://hl7.org/fhir/task-status|DRAFT", kTask, "no"},
            {"status=http://hl7.org/fhir/request-status|draft", kTask, "no"},
            {"intent=http://hl7.org/fhir/request-intent|order", kTask, "yes"},
            {"intent=http://hl7.org/fhir/task-intent|order", kTask, "no"},
            {"intent=http://hl7.org/fhir/task-intent|unknown", R"("intent":"unknown")", "yes"},
            {"intent:not=http://hl7.org/fhir/task-intent|order", kTask, "yes"},
            {"intent:not=http://hl7.org/fhir/request-intent|ORDER", kTask, "no"},
            // no code of the ValueSet: no system
            {"intent=http://hl7.org/fhir/request-intent|odd", R"("intent":"odd")", "no"},
            {"intent:not=http://hl7.org/fhir/request-intent|odd", R"("intent":"odd")", "no"},
            {"intent:not=http://hl7.org/fhir/request-intent|", R"("intent":"odd")", "no"},
        });
  // A choice's code, and an element that is reached through another.
  check(
      "Patient",
      {{"address-use=http://hl7.org/fhir/address-use|home", R"("address":[{"use":"home"}])", "yes"},
       {"address-use=http://hl7.org/fhir/name-use|home", R"("address":[{"use":"home"}])", "no"},
       {"language=urn:ietf:bcp:47|en",
        R"("communication":[{"language":{"coding":[{"code":"en"}]}}])", "no"}});
}

// FHIR R4 search, section 3.1.1.4.10: `:text` looks at "CodeableConcept.text, Coding.display, or
// Identifier.type.text"; SPEC 5.3: starts-with, folded.
TEST(Token, Text) {
  check("Observation",
        {
            {"code:text=BP", kCode, "yes"},
            {"code:text=b", kCode, "yes"},
            {"code:text=the x", kCode, "yes"},
            {"code:text=X", kCode, "no"},
            {"code:text=x", R"("code":{"coding":[{"code":"x"}]})", "no"},
            {"code:text=q,b", kCode, "yes"},
            {"code:text=pression", R"("code":{"text":"Pr\u00E9ssion"})", "yes"},
            {"code:text=a", R"("code":{"text":5})", "no"},
            {"code:text=a", R"("code":{"coding":{"display":"a"}})", "no"},
            {"code:text=a", R"("code":{"coding":[{"display":["a"]},{"display":"a"}]})", "yes"},
            {"code:text=a", "", "no"},
            {"code:text=", kCode, "invalid-value@22"},
            {"subject:text=Hom", R"("subject":{"display":"Homer"})", "yes"},
            {"subject:text=omer", R"("subject":{"display":"Homer"})", "no"},
            {"subject:text=Homer", R"("subject":{"reference":"Patient/Homer"})", "no"},
            {"subject:text=Homer", R"("subject":{"display":1})", "no"},
            {"subject:text=Homer", R"("subject":"Homer")", "no"},
        });
  check("Patient", {
                       {"identifier:text=mr", kIdentifier, "yes"},
                       {"identifier:text=1", kIdentifier, "no"},
                       {"identifier:text=m", R"("identifier":[{"type":"m"}])", "no"},
                       {"_tag:text=v", R"("meta":{"tag":[{"display":"VIP"}]})", "yes"},
                       {"_tag:text=v", R"("meta":{"tag":[{"code":"VIP"}]})", "no"},
                   });
  check("ServiceRequest",
        {{"order-detail:text=void", R"("orderDetail":[{"text":"VOIDED"}])", "yes"},
         {"order-detail:text=id", R"("orderDetail":[{"text":"VOIDED"}])", "no"}});
}

// FHIR R4 search, section 3.1.1.4.10: `[system]|[code]|[value]`, "all 3 parts must be present".
TEST(Token, OfType) {
  constexpr const char* kTyped =
      R"("identifier":[{"type":{"coding":[{"system":"t","code":"SS"},{"system":"t","code":"MR"}]},"value":"1"},)"
      R"({"type":{"coding":[{"system":"t","code":"DL"}]},"value":"2"},{"value":"3"}])";
  check("Patient",
        {
            {"identifier:of-type=t|MR|1", kTyped, "yes"},
            {"identifier:of-type=t|SS|1", kTyped, "yes"},
            {"identifier:of-type=t|MR|2", kTyped, "no"},
            {"identifier:of-type=t|DL|1", kTyped, "no"},
            {"identifier:of-type=u|MR|1", kTyped, "no"},
            {"identifier:of-type=t|mr|1", kTyped, "no"},
            {"identifier:of-type=t|DL|1,t|DL|2", kTyped, "yes"},
            {"identifier:of-type=t|MR|3", kTyped, "no"},
            {"identifier:of-type=t|MR|1", "", "no"},
            {"identifier:of-type=t|MR|1", R"("identifier":[{"type":{"coding":{}},"value":"1"}])",
             "no"},
            {"identifier:of-type=t|MR|1",
             R"("identifier":[{"type":{"coding":[{"system":"t","code":"MR"}]},"value":1}])", "no"},
            {"identifier:of-type=t|MR|1", R"("identifier":[{"type":"t|MR","value":"1"}])", "no"},
            {"identifier:of-type=t|MR", kTyped, "invalid-value@27"},
            {"identifier:of-type=|MR|1", kTyped, "invalid-value@27"},
            {"identifier:of-type=t||1", kTyped, "invalid-value@27"},
            {"identifier:of-type=t|MR|", kTyped, "invalid-value@27"},
            {"identifier:of-type=t|MR|1|2", kTyped, "invalid-value@27"},
        });
}

// `order-detail` reads CodeableConcept.text: a token never matches words, but they defeat `:not`.
TEST(Token, WordsAreNoCodes) {
  constexpr const char* kVoided = R"("orderDetail":[{"text":"VOIDED"}])";
  check("ServiceRequest", {
                              {"order-detail=VOIDED", kVoided, "no"},
                              {"order-detail=VOIDED,voided", kVoided, "no"},
                              {"order-detail=|VOIDED", kVoided, "no"},
                              {"order-detail:not=voided", kVoided, "no"},
                              {"order-detail:not=ORDERED", kVoided, "yes"},
                              {"order-detail:missing=false", kVoided, "yes"},
                          });
}

TEST(Token, ComputedAndExtensionValues) {
  EXPECT_EQ(
      match("ProjectMembership?profile-type=Practitioner",
            R"({"resourceType":"ProjectMembership","profile":{"reference":"Practitioner/1"}})"),
      "yes");
  EXPECT_EQ(match("ProjectMembership?profile-type:not=Practitioner",
                  R"({"resourceType":"ProjectMembership","profile":{"reference":"urn:uuid:1"}})"),
            "no");
  constexpr const char* kRace =
      R"("extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{"url":"ombCategory","valueCoding":{"code":"2106-3"}}]}])";
  check("Patient", {{"race=2106-3", kRace, "yes"},
                    {"race=2106-4", kRace, "no"},
                    {"race:not=2106-3", kRace, "no"},
                    {"race:not=2106-4", kRace, "yes"}});
}

}  // namespace
}  // namespace fhirwall::search::test
