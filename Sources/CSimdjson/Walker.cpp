#include "Walker.hpp"

namespace csj {

/// Checks the escapes from backslash_ to the closing quote and finds the first backslash behind it.
bool Walker::escapes(uint32_t close) {
  while (backslash_ < close) {
    const uint8_t *const end = escape_end(body_ + backslash_, body_ + close);
    if (end == nullptr) {
      error = CSJ_SYNTAX;
      error_offset = backslash_;
      return false;
    }
    find_backslash(static_cast<uint32_t>(end - body_));
  }
  return true;
}

/// An array or object of which nothing is wanted, whatever is inside. One bit a level says which of the two it is.
bool Walker::container(uint32_t depth) {
  uint64_t arrays[CSJ_MAXIMUM_DEPTH / 64 + 1] = {};
  const uint32_t outer = depth - 1;
  csj_cell ignored;
  --depth;

open:
  if (++depth > plan_.maximum_depth) return fail(CSJ_DEPTH_EXCEEDED, at_);
  if (next() == '[') {
    ++at_;
    arrays[depth >> 6] |= uint64_t(1) << (depth & 63);
    if (next() == ']') goto close;
    goto element;
  }
  ++at_;
  arrays[depth >> 6] &= ~(uint64_t(1) << (depth & 63));
  if (next() == '}') goto close;

member:
  if (!key(ignored)) return false;
  if (next() == '{' || next() == '[') goto open;
  if (!scalar(ignored)) return false;
after_member:
  if (next() == ',') {
    ++at_;
    goto member;
  }
  if (next() != '}') return syntax();

close:
  ++at_;
  if (--depth == outer) return true;
  if ((arrays[depth >> 6] >> (depth & 63) & 1) == 0) goto after_member;
  goto after_element;

element:
  if (next() == '{' || next() == '[') goto open;
  if (!scalar(ignored)) return false;
after_element:
  if (next() == ',') {
    ++at_;
    goto element;
  }
  if (next() != ']') return syntax();
  goto close;
}

/// An object as a row: its wanted columns become cells. at_ is on its opening brace.
bool Walker::row(uint32_t depth) {
  if (depth > plan_.maximum_depth) return fail(CSJ_DEPTH_EXCEEDED, at_);
  csj_cell *const cells = rows_.append();
  if (cells == nullptr) return fail(CSJ_NO_MEMORY, at_);
  ++at_;
  if (next() == '}') {
    ++at_;
    return true;
  }
  for (;; ++at_) {
    csj_cell name, found;
    if (!key(name)) return false;
    uint32_t columns = match(plan_.columns, name);
    if (!value(depth + 1, found)) return false;
    for (; columns != 0; columns &= columns - 1) cells[__builtin_ctz(columns)] = found;
    if (next() != ',') break;
  }
  if (next() != '}') return syntax();
  ++at_;
  return true;
}

/// An array of which the elements are counted, and are rows if that is wanted. at_ is on its opening bracket.
bool Walker::array(uint32_t depth, bool as_rows, csj_value &out) {
  if (depth > plan_.maximum_depth) return fail(CSJ_DEPTH_EXCEEDED, at_);
  const uint32_t start = *at_++;
  uint32_t count = 0, objects = 0;
  if (next() == ']') {
    ++at_;
  } else {
    for (;; ++at_) {
      csj_cell ignored;
      const bool object = next() == '{';
      ++count;
      objects += object;
      if (as_rows) {
        if (count > plan_.maximum_rows) return fail(CSJ_TOO_MANY_ROWS, at_);
        if (!object && rows_.append() == nullptr) return fail(CSJ_NO_MEMORY, at_);
        if (!object) rows_.count_not_object();
      }
      if (!(as_rows && object ? row(depth + 1) : value(depth + 1, ignored))) return false;
      if (next() != ',') break;
    }
    if (next() != ']') return syntax();
    ++at_;
  }
  out = {cell(CSJ_ARRAY, start, at_[-1] + 1), count, count == objects};
  return true;
}

/// A wanted member's value: `wanted` is the set of names that it has in the plan.
bool Walker::member(uint32_t wanted) {
  csj_value found = {{0, 0}, 0, false};
  const bool as_rows = plan_.rows == CSJ_ROWS_MEMBER_ELEMENTS && (wanted >> plan_.rows_member & 1) != 0;
  if (as_rows) rows_.clear();  // of duplicate names the last wins
  if (!(next() == '[' ? array(2, as_rows, found) : value(2, found.cell))) return false;
  for (; wanted != 0; wanted &= wanted - 1) members_[__builtin_ctz(wanted)] = found;
  return true;
}

/// The root, an object. at_ is on its opening brace.
bool Walker::root_object(csj_value &out) {
  const bool is_row = plan_.rows == CSJ_ROWS_ROOT_OBJECT;
  csj_cell *const cells = is_row ? rows_.append() : nullptr;
  if (is_row && cells == nullptr) return fail(CSJ_NO_MEMORY, at_);
  const uint32_t start = *at_++;
  uint32_t count = 0;
  if (next() == '}') {
    ++at_;
  } else {
    for (;; ++at_) {
      csj_cell name;
      if (!key(name)) return false;
      const uint32_t wanted = match(plan_.members, name);
      uint32_t columns = is_row ? match(plan_.columns, name) : 0;
      csj_cell found;
      if (wanted != 0) {
        if (!member(wanted)) return false;
        found = members_[__builtin_ctz(wanted)].cell;
      } else if (!value(2, found)) {
        return false;
      }
      for (; columns != 0; columns &= columns - 1) cells[__builtin_ctz(columns)] = found;
      ++count;
      if (next() != ',') break;
    }
    if (next() != '}') return syntax();
    ++at_;
  }
  out = {cell(CSJ_OBJECT, start, at_[-1] + 1), count, false};
  return true;
}

bool Walker::walk(csj_value &root) {
  const uint8_t first = next(), last = body_[end_[-1]];
  root = {{0, 0}, 0, false};
  *end_ = length_;
  if (first == '{' || first == '[') {
    if (last != ']' && last != '}') return fail(CSJ_SYNTAX, end_);
    *end_ = *at_;
    if (first == '[' ? !array(1, plan_.rows == CSJ_ROWS_ROOT_ELEMENTS, root) : !root_object(root)) return false;
  } else if (!scalar(root.cell)) {
    return false;
  }
  return at_ == end_ || syntax();
}

}  // namespace csj
