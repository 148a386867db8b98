import Glibc
import NIOCore
import NIOPosix

/// A range of an open file, to be sent without passing through memory.
public struct FileSlice: Sendable {
  public let file: OpenFile
  /// Where the range begins, in bytes.
  public let offset: Int
  /// How many bytes it has.
  public let length: Int

  public init(file: OpenFile, offset: Int, length: Int) {
    self.file = file
    self.offset = offset
    self.length = length
  }

  /// Whether the file is still long enough; asks the kernel.
  var isWhole: Bool {
    let size = try? file.handle.withUnsafeFileDescriptor { descriptor in
      var status = stat()
      return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }
    return size ?? 0 >= offset + length
  }

  var region: FileRegion {
    FileRegion(fileHandle: file.handle, readerIndex: offset, endIndex: offset + length)
  }
}

/// An open file that closes itself when nobody holds it any more.
public final class OpenFile: Sendable {
  let handle: NIOFileHandle

  /// Takes the descriptor over. Call it off the event loop, where the file was opened.
  public init(descriptor: CInt) {
    handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
  }

  deinit { try? handle.close() }
}
