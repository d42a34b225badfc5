#include "fhir/client/signing_key.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "fhir/client/assertion.h"

namespace trialflag::fhir {
namespace {

constexpr int kRsaBits = 3072, kLeastRsaBits = 2048;
constexpr int kHalf = 48;  ///< bytes of a coordinate, or of half a signature, on P-384
constexpr const char* kNoKey = "holds no private key in PEM form; make one with trialflag keys new";
constexpr std::size_t kMaxFile = 64 * 1024;

template <auto free>
struct Freed {
  template <typename T>
  void operator()(T* thing) const {
    free(thing);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using Digesting = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

auto refuse(const char* problem) {
  return fail(ErrorCode::unauthorized, std::string("the key file ") + problem);
}

/// An open file that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

/// Bytes that are overwritten when they go.
class Wiped {
 public:
  explicit Wiped(std::size_t size) : bytes_(size, '\0') {}
  ~Wiped() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  char* data() { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

bool among_credentials(const std::filesystem::path& file) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder != nullptr && *folder != '\0' && file.parent_path() == std::filesystem::path(folder).lexically_normal();
}

bool read_whole(int descriptor, Wiped& content) {
  std::size_t had = 0;
  while (had < content.size()) {
    const ssize_t count = ::read(descriptor, content.data() + had, content.size() - had);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    had += static_cast<std::size_t>(count);
  }
  return true;
}

bool write_whole(int descriptor, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::write(descriptor, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return fsync(descriptor) == 0;
}

/// Is asked for a passphrase; gives none, rather than let OpenSSL ask at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::string bytes_of(const EVP_PKEY* key, const char* parameter, int size) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1) return {};
  const Number owned(number);
  std::string bytes(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(number)), '\0');
  if (BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) < 0) return {};
  return bytes;
}

/// From ASN.1, as OpenSSL makes it, to r and s side by side.
std::string halves_of(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string halves(2 * std::size_t{kHalf}, '\0');
  auto* to = reinterpret_cast<unsigned char*>(halves.data());
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), to, kHalf) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), to + kHalf, kHalf) < 0)
    return {};
  return halves;
}

/// The members that RFC 7638 3.2 asks for, in its order.
std::string public_members(const EVP_PKEY* key, Algorithm algorithm) {
  const auto member = [key](const char* parameter, int size) { return '"' + base64url(bytes_of(key, parameter, size)) + '"'; };
  if (algorithm == Algorithm::rs384)
    return R"("e":)" + member(OSSL_PKEY_PARAM_RSA_E, 0) + R"(,"kty":"RSA","n":)" + member(OSSL_PKEY_PARAM_RSA_N, 0);
  return R"("crv":"P-384","kty":"EC","x":)" + member(OSSL_PKEY_PARAM_EC_PUB_X, kHalf) + R"(,"y":)" +
         member(OSSL_PKEY_PARAM_EC_PUB_Y, kHalf);
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  return algorithm == Algorithm::es384 ? "ES384" : "RS384";
}

std::optional<Algorithm> algorithm_named(std::string_view name) {
  if (name == "ES384") return Algorithm::es384;
  if (name == "RS384") return Algorithm::rs384;
  return std::nullopt;
}

void SigningKey::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

Result<SigningKey> SigningKey::make(Algorithm algorithm) {
  Handle key(algorithm == Algorithm::es384 ? EVP_EC_gen("P-384") : EVP_RSA_gen(kRsaBits));
  if (!key) return fail(ErrorCode::internal, "OpenSSL makes no key");
  return checked(std::move(key));
}

Result<SigningKey> SigningKey::checked(Handle key) {
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    if (EVP_PKEY_get_bits(key.get()) < kLeastRsaBits)
      return refuse("holds an RSA key of less than 2048 bits; make one with trialflag keys new");
    return SigningKey(std::move(key), Algorithm::rs384);
  }
  std::array<char, 64> curve{};
  std::size_t size = 0;
  const bool named = EVP_PKEY_is_a(key.get(), "EC") == 1 && EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), &size) == 1;
  const std::string_view name(curve.data(), named ? size : 0);
  if (name == "secp384r1" || name == "P-384") return SigningKey(std::move(key), Algorithm::es384);
  return refuse("holds a key that is neither EC on P-384 nor RSA; make one with trialflag keys new");
}

Result<SigningKey> SigningKey::read(const std::filesystem::path& file) {
  const File opened(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!opened.open() || fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return refuse("cannot be read; it must be there, readable by the agent's user");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && !among_credentials(file))
    return refuse("may be read by others than its owner; chmod 600 it (and chown it to the agent's user)");
  if (status.st_size == 0 || static_cast<std::size_t>(status.st_size) > kMaxFile) return refuse(kNoKey);
  Wiped content(static_cast<std::size_t>(status.st_size));
  if (!read_whole(opened.get(), content)) return refuse("cannot be read to its end");
  const Bio source(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  bool encrypted = false;
  Handle key(PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, &encrypted));
  ERR_clear_error();
  if (encrypted) return refuse("is locked with a passphrase, which nobody could type; keep the key without one, mode 600");
  if (!key) return refuse(kNoKey);
  return checked(std::move(key));
}

Result<void> SigningKey::write(const std::filesystem::path& file) const {
  const Bio pem(BIO_new(BIO_s_secmem()));
  char* bytes = nullptr;
  if (!pem || PEM_write_bio_PKCS8PrivateKey(pem.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail(ErrorCode::internal, "OpenSSL writes no key");
  const long size = BIO_get_mem_data(pem.get(), &bytes);
  const File opened(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!opened.open())
    return errno == EEXIST ? fail(ErrorCode::invalid_config, "there is such a file already, and a key is never overwritten")
                           : fail(ErrorCode::storage, "the file cannot be made; check the folder and who may write to it");
  const bool written = fchmod(opened.get(), S_IRUSR | S_IWUSR) == 0 && write_whole(opened.get(), bytes, static_cast<std::size_t>(size));
  OPENSSL_cleanse(bytes, static_cast<std::size_t>(size));
  if (written) return {};
  unlink(file.c_str());
  return fail(ErrorCode::storage, "the key could not be written whole; is the disk full?");
}

Result<std::string> SigningKey::sign(std::string_view text) const {
  const Digesting digesting(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  const bool begun = digesting && EVP_DigestSignInit(digesting.get(), nullptr, EVP_sha384(), nullptr, key_.get()) == 1 &&
                     EVP_DigestSign(digesting.get(), nullptr, &size, bytes, text.size()) == 1;
  std::string signature(begun ? size : 0, '\0');
  auto* to = reinterpret_cast<unsigned char*>(signature.data());
  const bool done = begun && EVP_DigestSign(digesting.get(), to, &size, bytes, text.size()) == 1;
  signature.resize(done ? size : 0);
  if (done && algorithm_ == Algorithm::es384) signature = halves_of(signature);
  if (signature.empty()) {
    ERR_clear_error();
    return fail(ErrorCode::internal, "OpenSSL does not sign");
  }
  return signature;
}

std::string SigningKey::jwk(std::string_view key_id) const {
  return "{" + public_members(key_.get(), algorithm_) + R"(,"kid":)" + json_string(key_id) + R"(,"use":"sig","alg":")" +
         std::string(name_of(algorithm_)) + "\"}";
}

std::string SigningKey::thumbprint() const {
  const std::string members = "{" + public_members(key_.get(), algorithm_) + "}";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(members.data()), members.size(), hash.data());
  return base64url({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace trialflag::fhir
