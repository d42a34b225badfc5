// Small numbers and texts as few bytes: what stored forms are made of. Little-endian, no alignment.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace trialflag {

/// Writes. Each put has its get below.
class Packer {
 public:
  void put_byte(std::uint8_t byte) { bytes_.push_back(static_cast<char>(byte)); }
  /// Seven bits a byte, the lowest first.
  void put_number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) put_byte(static_cast<std::uint8_t>(value | 0x80U));
    put_byte(static_cast<std::uint8_t>(value));
  }
  /// Small magnitudes are short, whatever their sign.
  void put_signed(std::int64_t value) { put_number((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63)); }
  void put_double(double value) { put_raw(&value, sizeof value); }
  void put_bits(std::uint32_t bits) { put_raw(&bits, sizeof bits); }
  void put_text(std::string_view text) {
    put_number(text.size());
    bytes_.append(text);
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  /// What was written since the last take.
  [[nodiscard]] std::string take() { return std::exchange(bytes_, {}); }

 private:
  void put_raw(const void* from, std::size_t size) { bytes_.append(static_cast<const char*>(from), size); }
  std::string bytes_;
};

/// Reads what a Packer wrote. Total: once anything is amiss, good() is false and every further get gives zero or nothing. Texts are views
/// into the bytes.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return at_ == end_; }
  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

  std::uint8_t get_byte() { return at_ < end_ ? static_cast<std::uint8_t>(*at_++) : fail(); }
  std::uint64_t get_number() {
    if (at_ < end_ && static_cast<std::uint8_t>(*at_) < 0x80) return static_cast<std::uint8_t>(*at_++);
    return get_long_number();
  }
  std::int64_t get_signed() {
    const std::uint64_t value = get_number();
    return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
  }
  double get_double() { return get_raw<double>(); }
  std::uint32_t get_bits() { return get_raw<std::uint32_t>(); }
  std::string_view get_text() {
    const std::uint64_t size = get_number();
    if (size > static_cast<std::uint64_t>(end_ - at_)) return fail(), std::string_view();
    const std::string_view text(at_, size);
    at_ += size;
    return text;
  }
  /// So many bytes as they are.
  std::string_view get_bytes(std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - at_)) return fail(), std::string_view();
    const std::string_view bytes(at_, size);
    at_ += size;
    return bytes;
  }
  /// A number of items to come, each of at least one byte: a greater one is damage, not a reason to take memory.
  std::size_t get_count() {
    const std::uint64_t count = get_number();
    return count <= static_cast<std::uint64_t>(end_ - at_) ? count : fail();
  }

 private:
  std::uint8_t fail() {
    good_ = false;
    at_ = end_;
    return 0;
  }
  std::uint64_t get_long_number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ < end_; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(*at_++);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  template <typename T>
  T get_raw() {
    T value{};
    if (static_cast<std::size_t>(end_ - at_) < sizeof value) return fail(), value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  const char* at_;
  const char* end_;
  bool good_ = true;
};

}  // namespace trialflag
