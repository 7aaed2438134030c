#include "core/patch/element_edit.hpp"

#include <algorithm>
#include <string>

#include "core/base/concat.hpp"
#include "core/base/wipe.hpp"

namespace fhirwall::patch {

using json::Document;
using json::Kind;
using json::NodeIndex;

namespace {

std::string sibling_key(std::string_view key) { return concat("_", key); }

// The array of an element's values or siblings, or none.
NodeIndex array_of(const Document& document, NodeIndex object, std::string_view key) {
  const NodeIndex node = document.find(object, key);
  return node != json::kNoNode && document.is_array(node) ? node : json::kNoNode;
}

bool set(Editor& editor, NodeIndex object, std::string_view key, std::string_view text) {
  if (!text.empty()) {
    return editor.set_member(object, key, text);
  }
  const NodeIndex member = editor.document().find(object, key);
  return member == json::kNoNode || editor.remove(object, member);
}

// Behind the last item of an array, at the position `index`, with `null` in between; makes the
// array.
bool put_behind(Editor& editor, NodeIndex object, std::string_view key, std::uint32_t index,
                std::string_view text) {
  if (text.empty()) {
    return true;
  }
  const NodeIndex array = array_of(editor.document(), object, key);
  const std::uint32_t length = array == json::kNoNode ? 0 : child_count(editor.document(), array);
  WipedText own;
  std::string& items = own.text;
  for (std::uint32_t i = length; i < index; ++i) {
    items += "null,";
  }
  items += text;
  return array == json::kNoNode ? editor.set_member(object, key, concat("[", items, "]"))
                                : editor.insert(array, length, items);
}

// Is there nothing in the array beside the item at `index`?
bool nothing_beside(const Document& document, NodeIndex array, std::uint32_t index) {
  std::uint32_t at = 0;
  for (NodeIndex item = array + 1; item != document[array].next; item = document[item].next) {
    if (at++ != index && document.kind(item) != Kind::kNull) {
      return false;
    }
  }
  return true;
}

enum class How : std::uint8_t { kInsert, kReplace, kRemove };

// On one of the two arrays. An empty text is a value that is not there.
bool change(Editor& editor, NodeIndex object, std::string_view key, std::uint32_t index, How how,
            std::string_view text) {
  const Document& now = editor.document();
  const NodeIndex array = array_of(now, object, key);
  const NodeIndex item = array == json::kNoNode ? json::kNoNode : child_at(now, array, index);
  if (item == json::kNoNode) {
    return how == How::kRemove || put_behind(editor, object, key, index, text);
  }
  if (how == How::kInsert) {
    return editor.insert(array, index, text.empty() ? "null" : text);
  }
  if (text.empty() && nothing_beside(now, array, index)) {
    return editor.remove(object, array);
  }
  return how == How::kRemove ? editor.remove(array, item)
                             : editor.replace(item, text.empty() ? "null" : text);
}

bool change_both(Editor& editor, NodeIndex object, std::string_view key, std::uint32_t index,
                 How how, const ElementText& text) {
  return change(editor, object, key, index, how, text.value) &&
         change(editor, object, sibling_key(key), index, how, text.sibling);
}

// The text of one item; empty when it is not there.
void take(const Document& document, NodeIndex object, std::string_view key, std::uint32_t index,
          std::string& out) {
  const NodeIndex array = array_of(document, object, key);
  const NodeIndex item = array == json::kNoNode ? json::kNoNode : child_at(document, array, index);
  if (item != json::kNoNode && document.kind(item) != Kind::kNull) {
    out = document.raw(item);
  }
}

}  // namespace

std::uint32_t list_length(const Document& document, NodeIndex object, std::string_view key) {
  std::uint32_t length = 0;
  for (const NodeIndex array :
       {array_of(document, object, key), array_of(document, object, sibling_key(key))}) {
    if (array != json::kNoNode) {
      length = std::max(length, child_count(document, array));
    }
  }
  return length;
}

bool set_element(Editor& editor, NodeIndex object, std::string_view key, const ElementText& text) {
  return set(editor, object, key, text.value) &&
         set(editor, object, sibling_key(key), text.sibling);
}

bool insert_item(Editor& editor, NodeIndex object, std::string_view key, std::uint32_t index,
                 const ElementText& text) {
  return change_both(editor, object, key, index, How::kInsert, text);
}

bool replace_item(Editor& editor, NodeIndex object, std::string_view key, std::uint32_t index,
                  const ElementText& text) {
  return change_both(editor, object, key, index, How::kReplace, text);
}

bool remove_item(Editor& editor, NodeIndex object, std::string_view key, std::uint32_t index) {
  return change_both(editor, object, key, index, How::kRemove, {});
}

bool move_item(Editor& editor, NodeIndex object, std::string_view key, std::uint32_t from,
               std::uint32_t to) {
  ElementText text;
  take(editor.document(), object, key, from, text.value);
  take(editor.document(), object, sibling_key(key), from, text.sibling);
  const bool done =
      remove_item(editor, object, key, from) && insert_item(editor, object, key, to, text);
  wipe_memory(text.value.data(), text.value.size());
  wipe_memory(text.sibling.data(), text.sibling.size());
  return done;
}

}  // namespace fhirwall::patch
