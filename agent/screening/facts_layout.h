// How facts lie as bytes. Little-endian, no alignment; numbers, signed numbers and texts as agent/base/packing.h puts them.
//
// What judging asks for:
//   format (a byte), person, incomplete types, number of records, texts that repeat,
//   facts by concept (how many in all, how many groups; of a group: concept, how many, the facts),
//   facts of no concept (unreadable drugs, morphologies), exposures, allergies, consents,
//   the records: of each a byte with the type, and kUuid; then of each the id, as 16 bytes or as a text
// What people are told:
//   format, the short hash of what judging asks for (eight bytes), of each record version and time,
//   texts that repeat, of each fact, in the order in which they stand above, its wording
//
// A fact: the head; its record; then what the head announces, in the order of the bits' names below.
#pragma once

#include <cstdint>

#include "agent/eligibility/fact.h"

namespace trialflag::screening {

constexpr std::uint8_t kFactsFormat = 3;
constexpr std::uint8_t kUuid = 0x80;
constexpr std::uint32_t kNoExposure = eligibility::Fact{}.exposure;

// The head: small enumerators first, then flags, then what follows.
constexpr unsigned kRoleAt = 0, kSourceAt = 2, kCourseAt = 6, kAnswerAt = 8, kDateFormAt = 30;
enum FactBit : std::uint32_t {
  kWeak = 1U << 10U,
  kByWords = 1U << 11U,
  kUncertain = 1U << 12U,
  kLongText = 1U << 13U,
  kEndedUndated = 1U << 14U,
  kDate = 1U << 15U,           // four bytes: the first day; then by kDateIsInstant
  kDateIsInstant = 1U << 16U,  // four bytes: milliseconds of UTC's day; the form is the first day less UTC's, plus 1
  kNumber = 1U << 17U,         // eight bytes
  kRejected = 1U << 18U,
  kUneven = 1U << 19U,  // a byte of flags (open below, open above) and eight bytes: the upper end
  kSeen = 1U << 20U,    // a time of its own, as are the next three
  kEnd = 1U << 21U,
  kDated = 1U << 22U,
  kValueTime = 1U << 23U,
  kExposure = 1U << 24U,  // a number
  kClasses = 1U << 25U,   // a number of a text, as are the next two
  kKind = 1U << 26U,
  kCovers = 1U << 27U,
  kSeenIsDate = 1U << 28U,  // nothing follows, as with the next
  kDatedIsDate = 1U << 29U
  // two bits: the form of the date. Not an instant: 1 when a number of days follows, up to the last day
};
constexpr std::uint32_t kAnyExtra = kUneven | kSeen | kEnd | kDated | kValueTime | kExposure | kClasses | kKind | kCovers;

constexpr std::int64_t utc_day_of(std::int64_t ms) {
  return ms / kDay - (ms % kDay < 0 ? 1 : 0);
}

}  // namespace trialflag::screening
