import NIOSSL
import Transport

/// A self-signed certificate for localhost that outlives this code, and its key.
struct TestCertificate {
  let chain: String
  let key: String

  static let first = TestCertificate(
    chain: """
      -----BEGIN CERTIFICATE-----
      MIIBkjCCATmgAwIBAgIUQ/8rt4ykwog+Ff/KOplzSGlXsBYwCgYIKoZIzj0EAwIw
      EDEOMAwGA1UEAwwFZmlyc3QwIBcNMjYxMTIzMTc1NDE0WhgPMjEyNjEwMzAxNzU0
      MTRaMBAxDjAMBgNVBAMMBWZpcnN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
      2/w+rlUoPS3RLAHE/8gYb4qlp/OFOMtm/qCiOvbWstntbl2tt0Ag4e3ARGLTA6Mv
      dzn8Ii0R7kXdmd+O4QCb/KNvMG0wHQYDVR0OBBYEFDNTktvD0zpS1aDIL46IV1Pz
      S4chMB8GA1UdIwQYMBaAFDNTktvD0zpS1aDIL46IV1PzS4chMA8GA1UdEwEB/wQF
      MAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAoGCCqGSM49BAMCA0cA
      MEQCIEI1sJwAV3OkBqMUhIoaY4S+NR9CYCmj8RNYFRqu/qxiAiBCnuPtNkWjvrrk
      mUDxNG/MW13htf9R8lFVg/Ube/h4aQ==
      -----END CERTIFICATE-----
      """,
    key: """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIyWunbGEFTsjop/P
      dH4QYcdP86JUHLZyrKuGAHjOcc+hRANCAATb/D6uVSg9LdEsAcT/yBhviqWn84U4
      y2b+oKI69tay2e1uXa23QCDh7cBEYtMDoy93OfwiLRHuRd2Z347hAJv8
      -----END PRIVATE KEY-----
      """)

  static let second = TestCertificate(
    chain: """
      -----BEGIN CERTIFICATE-----
      MIIBlDCCATugAwIBAgIUVUL8xbTST4MSG8g/kplFerQFdAYwCgYIKoZIzj0EAwIw
      ETEPMA0GA1UEAwwGc2Vjb25kMCAXDTI2MTEyMzE3NTQxNFoYDzIxMjYxMDMwMTc1
      NDE0WjARMQ8wDQYDVQQDDAZzZWNvbmQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
      AAQ1IP9WKJ27dvEiZWp3Fy3wbz41sQOR9tvvuQd6wtQrTJ40ndO1keDAV07btMrm
      gO4gAegAFi03CHM8DiaX5Ifso28wbTAdBgNVHQ4EFgQU2Z5XvzMOfR5fuUtLmWzN
      FbgjxAIwHwYDVR0jBBgwFoAU2Z5XvzMOfR5fuUtLmWzNFbgjxAIwDwYDVR0TAQH/
      BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwID
      RwAwRAIgay7MQqC6TTS2jr13CBwhuuKusc+LC3YSSbZWYQfMbYoCIExjnU++iX7b
      7Oq/Ro2t8F7/hwPJeQCVenafEj8pX5c/
      -----END CERTIFICATE-----
      """,
    key: """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMulqTSuQdwNX4rnU
      bjRYUYsD0A7NFe2aALIP5JYCyfmhRANCAAQ1IP9WKJ27dvEiZWp3Fy3wbz41sQOR
      9tvvuQd6wtQrTJ40ndO1keDAV07btMrmgO4gAegAFi03CHM8DiaX5Ifs
      -----END PRIVATE KEY-----
      """)

  /// Writes both files into a folder, over those that are there.
  @discardableResult
  func write(to folder: TemporaryDirectory) throws -> TLSFiles {
    try folder.write(chain, to: "cert.pem")
    try folder.write(key, to: "key.pem")
    return TLSFiles(certificate: folder.path + "/cert.pem", key: folder.path + "/key.pem")
  }
}
