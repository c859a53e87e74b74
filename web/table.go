package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// CSV answers with a table as a file of that name.
func CSV(c *gin.Context, name string, rows [][]string) error {
	var b strings.Builder
	b.WriteString("\ufeff") // spreadsheets take the file for UTF-8 by it, and read Arabic
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", []byte(b.String()))
	return nil
}

// Inert keeps a cell that somebody typed from beginning a formula in whatever
// opens the file.
func Inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
