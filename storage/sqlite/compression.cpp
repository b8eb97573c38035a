// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/compression.hpp"

#include <cstring>
#include <stdexcept>
#include <zstd.h>

namespace storage::sqlite {
namespace {
constexpr int level = 1;

using Context = std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)>;

std::size_t checked(std::size_t result)
{
    if (ZSTD_isError(result))
        throw std::runtime_error{std::string{"zstd: "} + ZSTD_getErrorName(result)};
    return result;
}
}

std::string compressed(std::string_view bytes)
{
    // Making a context costs more than compressing a small message.
    thread_local const Context context{ZSTD_createCCtx(), &ZSTD_freeCCtx};
    std::string frame(ZSTD_compressBound(bytes.size()), '\0');
    frame.resize(checked(ZSTD_compressCCtx(context.get(), frame.data(), frame.size(), bytes.data(),
                                           bytes.size(), level)));
    return frame;
}

struct Compressor::State {
    std::function<void(std::string_view)> write;
    Context context{ZSTD_createCCtx(), &ZSTD_freeCCtx};
    std::string buffer = std::string(ZSTD_CStreamOutSize(), '\0');

    void push(std::string_view bytes, ZSTD_EndDirective directive)
    {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        std::size_t left = 0;
        do {
            ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
            left = checked(ZSTD_compressStream2(context.get(), &out, &in, directive));
            if (out.pos > 0)
                write({buffer.data(), out.pos});
        } while (directive == ZSTD_e_end ? left != 0 : in.pos < in.size);
    }
};

Compressor::Compressor(std::function<void(std::string_view)> write)
    : state_{std::make_unique<State>(std::move(write))}
{
    checked(ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, level));
}

Compressor::~Compressor() = default;

void Compressor::add(std::string_view bytes) { state_->push(bytes, ZSTD_e_continue); }

void Compressor::finish() { state_->push({}, ZSTD_e_end); }

struct Decompressor::State {
    std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context{ZSTD_createDCtx(),
                                                                    &ZSTD_freeDCtx};
};

Decompressor::Decompressor(std::span<char> room)
    : state_{std::make_unique<State>()}, room_{room} { }

Decompressor::~Decompressor() = default;

void Decompressor::add(std::string_view bytes)
{
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer out{room_.data(), room_.size(), filled_};
    while (in.pos < in.size) {
        const auto before = in.pos + out.pos;
        checked(ZSTD_decompressStream(state_->context.get(), &out, &in));
        if (in.pos + out.pos == before)
            throw std::runtime_error{"zstd: more bytes than expected"};
    }
    filled_ = out.pos;
}

void Decompressor::copy(std::string_view bytes)
{
    if (bytes.size() > room_.size() - filled_)
        throw std::runtime_error{"more bytes than expected"};
    std::memcpy(room_.data() + filled_, bytes.data(), bytes.size());
    filled_ += bytes.size();
}
}
