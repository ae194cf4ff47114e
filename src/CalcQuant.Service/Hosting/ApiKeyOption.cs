using System.ComponentModel.DataAnnotations;

namespace CalcQuant.Service.Hosting;

/// <summary>A key that a client may call with. The key itself is nowhere on the server: only what checks it.</summary>
public sealed class ApiKeyOption
{
    /// <summary>Name of the client: 1 to 64 letters, digits, <c>.</c>, <c>_</c> or <c>-</c>. Limits and fair shares are by this name.</summary>
    [RegularExpression("[A-Za-z0-9._-]{1,64}", ErrorMessage = "must be 1 to 64 letters, digits, '.', '_' or '-'.")]
    [Required(ErrorMessage = "needed.")]
    public string Client { get; set; } = "";

    /// <summary>SHA-256 of the key, 64 hex digits.</summary>
    [RegularExpression("[0-9a-fA-F]{64}", ErrorMessage = "must be 64 hex digits.")]
    [Required(ErrorMessage = "needed.")]
    public string Sha256 { get; set; } = "";
}
