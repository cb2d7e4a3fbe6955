/// Bodies as the four services send them (contract §5), to be spoiled.
enum UpstreamBodies {
  static let users = """
    [{"id":1,"email":"user1@test.com","firstname":"José","lastname":"\\"El Tigre\\" Soto","username":"user1","role":"USER",\
    "creationDate":"2025-09-01","adminProfile":null},{"id":2,"email":"user2@test.com","role":"ADMIN","adminProfile":{"id":20}}]
    """
  static let profile = #"{"id":7,"email":"user7@test.com","firstname":"Ana","role":"ADMIN","adminProfile":{"id":3}}"#
  static let accounts = """
    [{"id":1,"accountName":"creator.001","userId":1,"scrapedAt":"2025-09-25T19:53:10.000Z"},\
    {"id":2,"accountName":"creator.002","userId":2,"scrapedAt":"2025-09-25T19:53:11.000Z"},{"id":3,"userId":1}]
    """
  static let metrics =
    #"{"items":["# + (1...3).map(item).joined(separator: ",") + #"],"count":3,"dashboard":[{"metric":"totals","#
    + #""totalPosts":3,"totalViews":3600,"totalLikes":102,"totalComments":9,"totalInteractions":120,"avgEngagement":0.0333}]}"#
  static let dashboard = """
    [{"adminId":1,"usedHashTag":"fyp","postId":"7300000000000000001","views":1200,"likes":34,"engagement":0.071234},\
    {"adminId":1,"usedHashTag":"señora","postId":"7300000000000000002","views":900,"likes":12,"engagement":0.013333}]
    """

  /// Name of the section, whether it is asked for one user, and the body.
  static let all: [(section: String, oneUser: Bool, body: [UInt8])] = [
    ("users", false, Array(users.utf8)), ("users", true, Array(profile.utf8)), ("scraped_accounts", false, Array(accounts.utf8)),
    ("metrics", false, Array(metrics.utf8)), ("dashboard_data", false, Array(dashboard.utf8)),
  ]

  private static func item(_ number: Int) -> String {
    """
    {"postId":"730000000000000000\(number)","datePosted":"2025-09-0\(number)","hourPosted":"1\(number):20:44",\
    "usernameTiktokAccount":"creator.00\(number)","postURL":"https://www.tiktok.com/@c/video/730000000000000000\(number)",\
    "views":\(number * 600),"likes":\(number * 17),"comments":3,"saves":2,"reposts":1,"totalInteractions":40,\
    "engagement":0.03\(number)333,"numberHashtags":2,"hashtags":"#fyp #señora",\
    "soundId":"7000000000000000001","regionPost":"N/A","dateTracking":"2025-09-26",\
    "userId":\(number),"adminId":null}
    """
  }
}
