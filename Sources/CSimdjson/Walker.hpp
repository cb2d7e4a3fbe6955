// Stage 2: one walk over the structural indexes of simdjson's stage 1.
//
// What stage 1 has proved: the body is UTF-8, every string is closed, none holds a bare control character. What it gives: the
// offsets of brackets, commas, colons, opening quotes and first bytes of anything else, in order; between a token's last byte
// and the next offset lies only white space. The walker proves the rest, and trusts no more than it must: each scalar is checked
// from its first byte to the next offset, whatever stage 1 made of those bytes.
//
// Why no step checks for the end of the offsets: a document that begins with a bracket must end with one (checked before the
// walk), so nothing but the closing of a bracket can take the last offset, and if brackets are then still open, the next
// step sees the sentinel, the body's *first* bracket, where a comma or a closing one must stand: an error.
#pragma once

#include <cstdint>
#include <cstring>

#include "Plan.hpp"
#include "Rows.hpp"
#include "Tokens.hpp"

namespace csj {

class Walker {
 public:
  /// `offsets[count]` must be writable; 0 < count, 0 < length.
  Walker(
      const uint8_t *body, uint32_t length, uint32_t *offsets, uint32_t count, const Plan &plan, Rows &rows, csj_value *members)
      : body_(body), length_(length), at_(offsets), end_(offsets + count), plan_(plan), rows_(rows), members_(members) {
    find_backslash(0);
  }

  /// Walks the document. False: see error and error_offset.
  bool walk(csj_value &root);

  uint32_t error = CSJ_OK;
  uint32_t error_offset = 0;

 private:
  const uint8_t *const body_;
  const uint32_t length_;
  const uint32_t *at_;  ///< the next token's offset
  uint32_t *const end_;  ///< behind the last offset: the sentinel
  const Plan &plan_;
  Rows &rows_;
  csj_value *const members_;
  uint32_t backslash_ = 0;  ///< offset of the first backslash not yet walked over, length_ if there is none

  uint8_t next() const { return body_[*at_]; }
  bool fail(uint32_t code, const uint32_t *at) {
    error = code;
    error_offset = at < end_ ? *at : length_;
    return false;
  }
  bool syntax() { return fail(CSJ_SYNTAX, at_); }
  void find_backslash(uint32_t from) {
    const void *found = from < length_ ? std::memchr(body_ + from, '\\', length_ - from) : nullptr;
    backslash_ = found ? static_cast<uint32_t>(static_cast<const uint8_t *>(found) - body_) : length_;
  }
  static csj_cell cell(uint32_t kind, uint32_t start, uint32_t end) { return {start, (end - start) << 4 | kind}; }

  bool string(csj_cell &out);
  bool escapes(uint32_t close);
  bool number(csj_cell &out);
  bool literal(csj_cell &out, uint32_t kind, const char *text, uint32_t length);
  bool scalar(csj_cell &out);
  bool container(uint32_t depth);
  bool value(uint32_t depth, csj_cell &out);
  bool key(csj_cell &out);
  uint32_t match(const NameTable &names, csj_cell key) const;
  bool row(uint32_t depth);
  bool array(uint32_t depth, bool as_rows, csj_value &out);
  bool member(uint32_t wanted);
  bool root_object(csj_value &out);
};

/// A string. Its closing quote is the last byte before the next token that is no white space, so its content is not read at all.
inline bool Walker::string(csj_cell &out) {
  const uint32_t start = *at_;
  uint32_t close = at_[1] - 1;
  while (is_space(body_[close])) --close;  // ends at `start` at the latest: a quote
  if (__builtin_expect(close <= start || body_[close] != '"', 0)) return syntax();
  uint32_t kind = CSJ_PLAIN_STRING;
  if (__builtin_expect(backslash_ < close, 0)) {
    if (!escapes(close)) return false;
    kind = CSJ_ESCAPED_STRING;
  }
  ++at_;
  out = cell(kind, start, close + 1);
  return true;
}

inline bool Walker::number(csj_cell &out) {
  const uint32_t start = *at_;
  const uint8_t *const limit = body_ + at_[1];
  bool integer;
  const uint8_t *const end = number_end(body_ + start, limit, integer);
  if (__builtin_expect(end == nullptr || !only_space(end, limit), 0)) return syntax();
  ++at_;
  out = cell(integer ? CSJ_INTEGER : CSJ_DECIMAL, start, static_cast<uint32_t>(end - body_));
  return true;
}

inline bool Walker::literal(csj_cell &out, uint32_t kind, const char *text, uint32_t length) {
  const uint32_t start = *at_, limit = at_[1];
  if (limit - start < length || std::memcmp(body_ + start, text, length) != 0) return syntax();
  if (!only_space(body_ + start + length, body_ + limit)) return syntax();
  ++at_;
  out = cell(kind, start, start + length);
  return true;
}

/// Any value that is no array and no object.
inline bool Walker::scalar(csj_cell &out) {
  switch (next()) {
    case '"':
      return string(out);
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
      return number(out);
    case 't':
      return literal(out, CSJ_TRUE, "true", 4);
    case 'f':
      return literal(out, CSJ_FALSE, "false", 5);
    case 'n':
      return literal(out, CSJ_NULL, "null", 4);
    default:
      return syntax();
  }
}

/// Any value at all; `depth` is that of an array or object that it may be.
inline bool Walker::value(uint32_t depth, csj_cell &out) {
  const uint8_t first = next();
  if (first != '{' && first != '[') return scalar(out);
  const uint32_t start = *at_;
  if (!container(depth)) return false;
  out = cell(first == '{' ? CSJ_OBJECT : CSJ_ARRAY, start, at_[-1] + 1);
  return true;
}

/// A member's name and the colon behind it.
inline bool Walker::key(csj_cell &out) {
  if (next() != '"') return syntax();
  if (!string(out)) return false;
  if (next() != ':') return syntax();
  ++at_;
  return true;
}

__attribute__((always_inline)) inline uint32_t Walker::match(const NameTable &names, csj_cell key) const {
  const uint8_t *const text = body_ + key.offset + 1;
  const uint32_t length = (key.bits >> 4) - 2;
  return (key.bits & 15) == CSJ_PLAIN_STRING ? names.match(text, length) : names.match_escaped(text, length);
}

}  // namespace csj
