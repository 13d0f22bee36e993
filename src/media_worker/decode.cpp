#include "media_worker/decode.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "media/protocol.h"
#include "media_worker/orientation.h"
#include "media_worker/scale.h"

namespace haina::media {
namespace {

constexpr int kBuffer = 1 << 15;          // bytes that a demuxer reads at once
constexpr int kMostPassed = 48;           // frames between a key frame and the wanted time
constexpr int kMostPackets = 20000;       // read for one frame or for the sound: more is no film that ends
constexpr int64_t kMostProbed = 8 << 20;  // bytes looked at to tell what a file is
// Formats that hold one thing in one file. Playlists and others that name further files are not among them.
constexpr const char* kFormats =
    "jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,gif,tiff_pipe,image2,jpegxl_pipe,wav,mp3,flac,ogg,aac,mov,mp4,m4a,3gp,3g2,"
    "mj2,matroska,"
    "webm,avi";

template <auto Function>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Function(&pointer);
  }
};
using Format = std::unique_ptr<AVFormatContext, Freed<avformat_close_input>>;
using Codec = std::unique_ptr<AVCodecContext, Freed<avcodec_free_context>>;
using FramePtr = std::unique_ptr<AVFrame, Freed<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, Freed<av_packet_free>>;
using Resampler = std::unique_ptr<SwrContext, Freed<swr_free>>;

tl::unexpected<std::string> failed(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

std::string text_of(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text = {};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

// The bytes as FFmpeg reads them.
struct Source {
  std::span<const uint8_t> bytes;
  int64_t at = 0;
};

int read_source(void* opaque, uint8_t* into, int most) {
  auto& source = *static_cast<Source*>(opaque);
  const int64_t count = std::min<int64_t>(most, std::ssize(source.bytes) - source.at);
  if (count <= 0) {
    return AVERROR_EOF;
  }
  std::memcpy(into, source.bytes.data() + source.at, static_cast<size_t>(count));
  source.at += count;
  return static_cast<int>(count);
}

int64_t seek_source(void* opaque, int64_t offset, int whence) {
  auto& source = *static_cast<Source*>(opaque);
  const int64_t size = std::ssize(source.bytes);
  if (whence == AVSEEK_SIZE) {
    return size;
  }
  const int64_t from = whence == SEEK_CUR ? source.at : whence == SEEK_END ? size : 0;
  if (from + offset < 0 || from + offset > size) {
    return AVERROR(EINVAL);
  }
  return source.at = from + offset;
}

int refuse_other_files(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

// An opened stream with its decoder.
struct Stream {
  int index = -1;
  Codec codec;
};

class File {
 public:
  explicit File(std::span<const uint8_t> bytes) : source_{bytes} {}
  ~File() {
    format_.reset();
    if (io_ != nullptr) {
      av_freep(&io_->buffer);
      avio_context_free(&io_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  tl::expected<void, std::string> open();
  bool is_picture() const;
  AVFormatContext& format() { return *format_; }
  std::span<const uint8_t> bytes() const { return source_.bytes; }
  tl::expected<Stream, std::string> stream(AVMediaType type) const;
  // The next frame of a stream; false at the end.
  tl::expected<bool, std::string> next(const Stream& stream, AVFrame& frame);
  void seek(const Stream& stream, int64_t time) {
    av_seek_frame(format_.get(), stream.index, time, AVSEEK_FLAG_BACKWARD);
    avcodec_flush_buffers(stream.codec.get());
    ended_ = false;
  }

 private:
  Source source_;
  AVIOContext* io_ = nullptr;
  Format format_;
  bool ended_ = false;
};

tl::expected<void, std::string> File::open() {
  auto* const buffer = static_cast<uint8_t*>(av_malloc(kBuffer));
  io_ =
      buffer == nullptr ? nullptr : avio_alloc_context(buffer, kBuffer, 0, &source_, read_source, nullptr, seek_source);
  AVFormatContext* format = avformat_alloc_context();
  if (io_ == nullptr || format == nullptr) {
    avformat_free_context(format);
    return failed("out of memory");
  }
  format->pb = io_;
  format->io_open = refuse_other_files;
  format->probesize = kMostProbed;
  format->max_streams = 64;
  format->format_whitelist = av_strdup(kFormats);
  if (const int code = avformat_open_input(&format, nullptr, nullptr, nullptr); code < 0) {
    return failed("no picture, sound or film: " + text_of(code));
  }
  format_.reset(format);
  if (const int code = avformat_find_stream_info(format, nullptr); code < 0) {
    return failed("its streams cannot be read: " + text_of(code));
  }
  return {};
}

bool File::is_picture() const {
  const std::string_view name = format_->iformat->name;
  return name.ends_with("_pipe") || name == "image2" || name == "gif";
}

tl::expected<Stream, std::string> File::stream(AVMediaType type) const {
  const AVCodec* decoder = nullptr;
  const int index = av_find_best_stream(format_.get(), type, -1, -1, &decoder, 0);
  if (index < 0 || decoder == nullptr) {
    return failed("no decoder for it");
  }
  const AVCodecParameters& parameters = *format_->streams[index]->codecpar;
  if (static_cast<int64_t>(parameters.width) * parameters.height > kMostPixels) {
    return failed("a frame has " + std::to_string(parameters.width) + " x " + std::to_string(parameters.height) +
                  " pixels, more than " + std::to_string(kMostPixels));
  }
  Codec codec(avcodec_alloc_context3(decoder));
  if (codec == nullptr || avcodec_parameters_to_context(codec.get(), &parameters) < 0) {
    return failed("out of memory");
  }
  codec->max_pixels = kMostPixels;
  codec->thread_count = 1;
  codec->pkt_timebase = format_->streams[index]->time_base;
  if (const int code = avcodec_open2(codec.get(), decoder, nullptr); code < 0) {
    return failed("its decoder does not start: " + text_of(code));
  }
  return Stream{index, std::move(codec)};
}

tl::expected<bool, std::string> File::next(const Stream& stream, AVFrame& frame) {
  const PacketPtr packet(av_packet_alloc());
  std::string problem = "nothing in it can be decoded";
  for (int packets = 0; packets < kMostPackets; ++packets) {
    const int code = avcodec_receive_frame(stream.codec.get(), &frame);
    if (code == 0) {
      return true;
    }
    if (code == AVERROR_EOF) {
      return false;
    }
    if (ended_) {
      return tl::unexpected(problem);
    }
    if (av_read_frame(format_.get(), packet.get()) < 0) {
      ended_ = true;
      avcodec_send_packet(stream.codec.get(), nullptr);
      continue;
    }
    if (packet->stream_index == stream.index) {
      if (const int sent = avcodec_send_packet(stream.codec.get(), packet.get()); sent < 0 && sent != AVERROR(EAGAIN)) {
        problem = "damaged: " + text_of(sent);  // a later packet may be sound
      }
    }
    av_packet_unref(packet.get());
  }
  return failed("no frame among its first " + std::to_string(kMostPackets) + " packets");
}

// Sets the decoded frames and pixels.
tl::expected<void, std::string> read_frames(File& file, const PixelCut& cut, Decoded& into) {
  const bool is_film = into.is_film;
  auto stream = file.stream(AVMEDIA_TYPE_VIDEO);
  if (!stream) {
    return tl::unexpected(stream.error());
  }
  const AVStream& info = *file.format().streams[stream->index];
  int64_t length = info.duration;
  if (length <= 0 && file.format().duration > 0) {
    length = av_rescale_q(file.format().duration, {1, AV_TIME_BASE}, info.time_base);
  }
  const int64_t start = info.start_time == AV_NOPTS_VALUE ? 0 : info.start_time;
  const int wanted = is_film && length > 0 ? kMostFrames : 1;
  std::vector<Frame>& frames = into.frames;
  std::string problem = "no frame in it";
  const FramePtr frame(av_frame_alloc());
  for (int i = 0; i < wanted; ++i) {
    const int64_t time = start + (2 * i + 1) * length / (2 * wanted);
    if (wanted > 1) {
      file.seek(*stream, time);
    }
    auto found = file.next(*stream, *frame);
    // The seek ends at a key frame before the time; where that is far before, a frame on the way will do.
    for (int passed = 0; wanted > 1 && found && *found && frame->best_effort_timestamp < time && passed < kMostPassed;
         ++passed) {
      const FramePtr later(av_frame_alloc());
      const auto more = file.next(*stream, *later);
      if (!more || !*more) {
        break;
      }
      av_frame_unref(frame.get());
      av_frame_move_ref(frame.get(), later.get());
    }
    if (found && *found) {
      const Orientation orientation = orientation_of(*frame, *file.format().streams[stream->index], file.bytes());
      auto pixels = scaled(*frame, kPictureSide);
      if (pixels) {
        frames.push_back(upright(*pixels, kPictureSide, orientation));
      } else {
        problem = pixels.error();
      }
      if (pixels && cut.side > 0 && i * kMostPixelFrames % wanted < kMostPixelFrames) {
        if (const auto middle = cut_out(*frame, cut)) {
          into.pixels.push_back(upright(*middle, cut.side, orientation));
        }
      }
    } else if (!found) {
      problem = found.error();
    }
    av_frame_unref(frame.get());
  }
  if (frames.empty()) {
    return tl::unexpected(problem);
  }
  return {};
}

tl::expected<Resampler, std::string> resampler_for(const AVCodecContext& codec) {
  AVChannelLayout mono = {}, layout = {};
  av_channel_layout_default(&mono, 1);
  if (codec.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&layout, codec.ch_layout.nb_channels);
  } else {
    av_channel_layout_copy(&layout, &codec.ch_layout);
  }
  SwrContext* made = nullptr;
  const int code = swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_FLT, kSampleRate, &layout, codec.sample_fmt,
                                       codec.sample_rate, 0, nullptr);
  av_channel_layout_uninit(&layout);
  av_channel_layout_uninit(&mono);
  Resampler resampler(made);
  if (code < 0 || swr_init(resampler.get()) < 0) {
    return failed("its sound has a form that cannot be converted");
  }
  return resampler;
}

// Appends what the resampler makes of a frame; nullptr: what it still holds.
void resample(SwrContext& resampler, const AVFrame* frame, std::vector<float>& samples) {
  const int most = swr_get_out_samples(&resampler, frame == nullptr ? 0 : frame->nb_samples);
  if (most <= 0) {
    return;
  }
  const size_t before = samples.size();
  samples.resize(before + static_cast<size_t>(most));
  auto* out = reinterpret_cast<uint8_t*>(samples.data() + before);
  const int made = swr_convert(&resampler, &out, most,
                               frame == nullptr ? nullptr : const_cast<const uint8_t**>(frame->extended_data),
                               frame == nullptr ? 0 : frame->nb_samples);
  samples.resize(before + static_cast<size_t>(std::max(0, made)));
}

tl::expected<std::vector<float>, std::string> samples_of(File& file) {
  auto stream = file.stream(AVMEDIA_TYPE_AUDIO);
  if (!stream) {
    return tl::unexpected(stream.error());
  }
  constexpr size_t kMost = static_cast<size_t>(kSampleRate) * kMostSeconds;
  std::vector<float> samples;
  Resampler resampler;
  int rate = 0, channels = 0;  // that the resampler was made for
  file.seek(*stream, 0);
  const FramePtr frame(av_frame_alloc());
  while (samples.size() < kMost) {
    const auto found = file.next(*stream, *frame);
    if (!found || !*found) {
      if (!found && samples.empty()) {
        return tl::unexpected(found.error());
      }
      break;
    }
    if (resampler == nullptr) {
      auto made = resampler_for(*stream->codec);  // after the first frame: some formats are known only then
      if (!made) {
        return tl::unexpected(made.error());
      }
      resampler = std::move(*made);
      rate = stream->codec->sample_rate;
      channels = stream->codec->ch_layout.nb_channels;
    }
    if (frame->format != stream->codec->sample_fmt || frame->sample_rate != stream->codec->sample_rate ||
        frame->ch_layout.nb_channels != stream->codec->ch_layout.nb_channels || frame->sample_rate != rate ||
        frame->ch_layout.nb_channels != channels) {
      break;  // the form changes midway: what follows needs another resampler, and is seldom meant
    }
    resample(*resampler, frame.get(), samples);
    av_frame_unref(frame.get());
  }
  if (resampler != nullptr && samples.size() < kMost) {
    resample(*resampler, nullptr, samples);
  }
  samples.resize(std::min(samples.size(), kMost));
  return samples;
}

bool has_stream(File& file, AVMediaType type) {
  for (unsigned i = 0; i < file.format().nb_streams; ++i) {
    const AVStream& stream = *file.format().streams[i];
    if (stream.codecpar->codec_type == type && (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

tl::expected<Decoded, std::string> decode(std::span<const uint8_t> bytes, const PixelCut& cut) {
  if (bytes.empty()) {
    return failed("the file is empty");
  }
  File file(bytes);
  if (const auto opened = file.open(); !opened) {
    return tl::unexpected(opened.error());
  }
  Decoded decoded;
  decoded.is_film = !file.is_picture() && has_stream(file, AVMEDIA_TYPE_VIDEO);
  std::string problem = "neither picture nor sound in it";
  if (decoded.is_film || file.is_picture()) {
    if (const auto read = read_frames(file, cut, decoded); !read) {
      problem = read.error();
    }
  }
  if (!file.is_picture() && has_stream(file, AVMEDIA_TYPE_AUDIO)) {
    if (auto samples = samples_of(file)) {
      decoded.samples = std::move(*samples);
    } else {
      problem = samples.error();
    }
  }
  if (decoded.frames.empty() && decoded.samples.empty()) {
    return tl::unexpected(problem);
  }
  return decoded;
}

}  // namespace haina::media
